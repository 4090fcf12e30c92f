using Trireme.ApiServer.Projections;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;

namespace Trireme.ApiServer.Workloads;

/// <summary>exec, attach and portforward of a Pod: only its machine could make such a connection, and none serves this server.</summary>
internal sealed class PodConnection(ObjectView view)
{
    public ResourceResponse Refuse(ApiRequest request)
    {
        string name = request.Name!;
        if (view.Get(request.Key) is not { } pod) return StatusErrors.NotFound(request.Resource, name);
        if (view.Behind(request.Key)!.Key.Resource != request.Resource)
        {
            return StatusErrors.BadRequest($"pod {name} is a process of this machine and has logs; {request.Subresource} is not served");
        }

        return NodeOf(pod) is { } node ? NoMachine(request, node) : StatusErrors.BadRequest($"pod {name} does not have a host assigned");
    }

    /// <summary>Name of the machine of a Pod; null while it has none.</summary>
    public static string? NodeOf(StoredObject pod) =>
        pod.Document.Find("spec", "nodeName")?.ToString() is { Length: > 0 } node ? node : null;

    /// <summary>In the words of Kubernetes, which names the machine as if it were a Pod.</summary>
    public static StatusError NoMachine(ApiRequest request, string node) => StatusErrors.NotFound(request.Resource, node);
}
