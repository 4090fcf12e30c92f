using Microsoft.AspNetCore.Http;

namespace Trireme.Gateway.Surface;

/// <summary>
/// Every address of the gateway, once. Routing, the shape of errors, metering, authorisation and the answer to an unknown address
/// are read from here. GET /metrics is left to the host, which may have more to show.
/// </summary>
internal static class ApiSurface
{
    /// <summary>Beginnings of the addresses that are not OpenAI's.</summary>
    private static readonly (PathString Root, ApiDialect Dialect)[] Roots =
        [("/v2", ApiDialect.OpenInference), ("/api", ApiDialect.Ollama), ("/v1/messages", ApiDialect.Anthropic)];

    private static readonly ApiRoute[] Known =
    [
        Generation("/v1/chat/completions"),
        Generation("/v1/completions"),
        Inference("/v1/embeddings") with { IsAdvertised = true },
        Inference("/tokenize") with { IsAdvertised = true },
        Generation("/v1/responses") with { Translation = ApiTranslation.Responses },
        Inference("/v1/responses/input_tokens") with { Translation = ApiTranslation.ResponseTokens },
        Kept("GET", "/v1/responses/{id}", ApiOperation.GetResponse),
        Kept("DELETE", "/v1/responses/{id}", ApiOperation.DeleteResponse),
        Kept("GET", "/v1/responses/{id}/input_items", ApiOperation.ListResponseInput),
        Kept("POST", "/v1/responses/{id}/cancel", ApiOperation.CancelResponse),
        Generation("/v1/messages") with { Dialect = ApiDialect.Anthropic, Translation = ApiTranslation.Messages },
        Inference("/v1/messages/count_tokens") with
        {
            Dialect = ApiDialect.Anthropic, Translation = ApiTranslation.MessageTokens, IsAdvertised = true,
        },
        new()
        {
            Method = "POST",
            Path = "/v1/moderations",
            Operation = ApiOperation.Refuse,
            Dialect = ApiDialect.OpenAi,
            Reason = "no model that judges texts is part of this platform. Ask a model of your own in a chat, or another service.",
            IsMetered = true,
        },
        OpenInference("/v2/models/{model}/infer") with { IsAdvertised = true },
        OpenInference("/v2/models/{model}/versions/{version}/infer"),
        new()
        {
            Method = "GET",
            Path = "/v1/models",
            Operation = ApiOperation.ListModels,
            Dialect = ApiDialect.OpenAi,
            Verb = "list",
            IsAdvertised = true,
        },
        new()
        {
            Method = "GET",
            Path = "/v1/models/{id}",
            Operation = ApiOperation.GetModel,
            Dialect = ApiDialect.OpenAi,
            Model = ModelLocation.Path,
            PathValue = "id",
            Verb = "get",
        },
        new()
        {
            Method = "GET",
            Path = "/v1/usage",
            Operation = ApiOperation.GetUsage,
            Dialect = ApiDialect.OpenAi,
            Verb = "list",
        },
        new() { Method = "GET", Path = "/health", Operation = ApiOperation.Health, Dialect = ApiDialect.OpenAi },
    ];

    public static IReadOnlyList<ApiRoute> Routes { get; } =
    [
        .. Known,
        .. Known.GroupBy(static route => route.Path).Select(WrongMethod),
        .. Roots.Select(static root => Unknown(root.Root.Value + "/{**rest}", root.Dialect)),
        Unknown("/{**rest}", ApiDialect.OpenAi),
    ];

    /// <summary>The advertised addresses as a sentence's end, such as "POST /a, /b and /c, and GET /d".</summary>
    public static string KnownAddresses { get; } = string.Join(", and ", Routes
        .Where(static route => route.IsAdvertised)
        .GroupBy(static route => route.Method)
        .Select(static group => $"{group.Key} {Enumerate([.. group.Select(static route => route.Path.Replace("{model}", "NAME"))])}"));

    /// <summary>How an error is written that comes before the routes.</summary>
    public static ApiDialect DialectOf(PathString path)
    {
        foreach ((PathString root, ApiDialect dialect) in Roots)
        {
            if (path.StartsWithSegments(root)) return dialect;
        }

        return ApiDialect.OpenAi;
    }

    private static ApiRoute Inference(string path) => new()
    {
        Method = "POST",
        Path = path,
        Operation = ApiOperation.Infer,
        Dialect = ApiDialect.OpenAi,
        Model = ModelLocation.Body,
        Verb = "infer",
        IsMetered = true,
    };

    private static ApiRoute Generation(string path) =>
        Inference(path) with { Generates = true, Streams = true, IsAdvertised = true };

    /// <summary>What is kept of a service's answers, for the key that asked for them.</summary>
    private static ApiRoute Kept(string method, string path, ApiOperation operation) => new()
    {
        Method = method,
        Path = path,
        Operation = operation,
        Dialect = ApiDialect.OpenAi,
        Model = ModelLocation.Kept,
        PathValue = "id",
        Verb = "infer",
    };

    private static ApiRoute OpenInference(string path) =>
        Inference(path) with { Dialect = ApiDialect.OpenInference, Model = ModelLocation.Path };

    /// <summary>Counted, so that a client with a wrong address shows in the metrics.</summary>
    private static ApiRoute Unknown(string path, ApiDialect dialect) =>
        new() { Path = path, Operation = ApiOperation.Refuse, Dialect = dialect, IsMetered = true };

    private static ApiRoute WrongMethod(IGrouping<string, ApiRoute> address) =>
        Unknown(address.Key, address.First().Dialect) with
        {
            Allow = string.Join(", ", address.Select(static route => route.Method == "GET" ? "GET, HEAD" : route.Method)),
        };

    private static string Enumerate(string[] paths) =>
        paths.Length == 1 ? paths[0] : $"{string.Join(", ", paths[..^1])} and {paths[^1]}";
}
