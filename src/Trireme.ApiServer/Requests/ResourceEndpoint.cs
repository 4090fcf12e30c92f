using Microsoft.AspNetCore.Http;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Watching;

namespace Trireme.ApiServer.Requests;

/// <summary>Answers requests for objects: finds the verb and runs its operation.</summary>
internal sealed class ResourceEndpoint(
    ServedResources resources,
    ReadOperation read,
    WatchOperation watch,
    CreateOperation create,
    UpdateOperation update,
    PatchOperation patch,
    DeleteOperation delete,
    ResponseWriter responses,
    ApiServerOptions options,
    ApiServerMetrics metrics)
{
    public async Task InvokeAsync(HttpContext http)
    {
        long started = options.Time.GetTimestamp();
        if (RequestPath.Parse(http, resources).Failed(out ApiError? error, out ApiRequest? request))
        {
            await responses.WriteAsync(http, error);
            metrics.Answered("none", "none", error.Code, options.Time.GetElapsedTime(started));
            return;
        }

        string verb = Verb(request);
        ApiResponse response = await RunAsync(verb, request);
        await responses.WriteAsync(http, response);
        metrics.Answered(verb, request.Resource.QualifiedPlural, response.Code, options.Time.GetElapsedTime(started));
    }

    private async Task<ApiResponse> RunAsync(string verb, ApiRequest request) => verb switch
    {
        "get" => read.Get(request),
        "list" => read.List(request),
        "watch" => await watch.RunAsync(request),
        "create" => await create.RunAsync(request),
        "update" => await update.RunAsync(request),
        "patch" => await patch.RunAsync(request),
        "delete" => await delete.RunAsync(request),
        "deletecollection" => await delete.RunOnCollectionAsync(request),
        _ => ApiErrors.MethodNotAllowed(request.Http.Request.Method, request.Http.Request.Path),
    };

    /// <summary>Kubernetes' verb for method and path; "none" where they do not fit together.</summary>
    private static string Verb(ApiRequest request)
    {
        string method = request.Http.Request.Method;
        bool collection = request.Name is null;
        bool allNamespaces = collection && request.Resource.Definition.Namespaced && request.Namespace.Length == 0;
        if (HttpMethods.IsGet(method)) return request.Switch("watch") && !request.IsStatus ? "watch" : collection ? "list" : "get";
        if (allNamespaces) return "none";
        if (collection) return HttpMethods.IsPost(method) ? "create" : HttpMethods.IsDelete(method) ? "deletecollection" : "none";
        if (HttpMethods.IsPut(method)) return "update";
        if (HttpMethods.IsPatch(method)) return "patch";
        return HttpMethods.IsDelete(method) && !request.IsStatus ? "delete" : "none";
    }
}
