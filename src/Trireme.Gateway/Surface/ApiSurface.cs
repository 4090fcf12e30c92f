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
        [("/v2", ApiDialect.OpenInference), ("/api", ApiDialect.Ollama)];

    private static readonly ApiRoute[] Known =
    [
        Generation("/v1/chat/completions"),
        Generation("/v1/completions"),
        Inference("/v1/embeddings") with { IsAdvertised = true },
        Inference("/tokenize") with { IsAdvertised = true },
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
        new() { Method = "GET", Path = "/health", Operation = ApiOperation.Health, Dialect = ApiDialect.OpenAi },
    ];

    public static IReadOnlyList<ApiRoute> Routes { get; } =
    [
        .. Known,
        .. Known.Select(WrongMethod),
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

    private static ApiRoute OpenInference(string path) =>
        Inference(path) with { Dialect = ApiDialect.OpenInference, Model = ModelLocation.Path };

    /// <summary>Counted, so that a client with a wrong address shows in the metrics.</summary>
    private static ApiRoute Unknown(string path, ApiDialect dialect) =>
        new() { Path = path, Operation = ApiOperation.Refuse, Dialect = dialect, IsMetered = true };

    private static ApiRoute WrongMethod(ApiRoute route) =>
        Unknown(route.Path, route.Dialect) with { Allow = route.Method == "GET" ? "GET, HEAD" : route.Method };

    private static string Enumerate(string[] paths) =>
        paths.Length == 1 ? paths[0] : $"{string.Join(", ", paths[..^1])} and {paths[^1]}";
}
