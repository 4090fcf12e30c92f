using Trireme.ApiServer.Disruption;
using Trireme.ApiServer.Pods;
using Trireme.ApiServer.Requests;
using Trireme.Contracts.Resources;

namespace Trireme.ApiServer.Workloads;

/// <summary>What Pods have beside what every kind has: logs, binding, eviction, and connections that are refused.</summary>
internal sealed class PodOperations(
    PodLogOperation log, BindingOperation binding, EvictionOperation eviction, PodConnection connection)
{
    /// <summary>Whether a request is for a part of a Pod that is answered here.</summary>
    public static bool Takes(ApiRequest request) => request.Subresource.Length > 0
        && request.Resource.Definition.ClrType == typeof(Pod)
        && request.Subresource != ApiRequest.StatusSubresource;

    /// <summary>Whether a request is answered with text, whatever form its client takes objects in.</summary>
    public static bool IsText(ApiRequest request) =>
        Takes(request) && (request.Subresource == WorkloadKinds.Log || WorkloadKinds.IsConnection(request.Subresource));

    public async Task<ResourceResponse> RunAsync(ApiRequest request) => request.Subresource switch
    {
        WorkloadKinds.Log => await log.RunAsync(request),
        WorkloadKinds.Binding => await binding.RunAsync(request),
        WorkloadKinds.Eviction => await eviction.RunAsync(request),
        _ => connection.Refuse(request),
    };
}
