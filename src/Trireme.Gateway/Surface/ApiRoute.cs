namespace Trireme.Gateway.Surface;

/// <summary>All the gateway needs to know of one address that it answers.</summary>
internal sealed record ApiRoute
{
    /// <summary>HTTP method; null for any.</summary>
    public string? Method { get; init; }

    /// <summary>Path as ASP.NET Core's routing writes it.</summary>
    public required string Path { get; init; }

    public required ApiOperation Operation { get; init; }

    /// <summary>Of a route that refuses the methods that an address does not take, those that it takes.</summary>
    public string? Allow { get; init; }

    /// <summary>Of a route that is not served, why, and what to do instead.</summary>
    public string? Reason { get; init; }

    /// <summary>Shape of the errors.</summary>
    public required ApiDialect Dialect { get; init; }

    /// <summary>What becomes of the body before it goes to an engine, and of the answer on its way back.</summary>
    public ApiTranslation Translation { get; init; }

    /// <summary>Where the name of the service stands.</summary>
    public ModelLocation Model { get; init; }

    /// <summary>Name of the path's part that holds the service's name, where that is its place.</summary>
    public string PathValue { get; init; } = "model";

    /// <summary>What the caller does to the service, as an authorizer knows it; null where nothing is looked up.</summary>
    public string? Verb { get; init; }

    /// <summary>The answer is generated text: its first token is timed.</summary>
    public bool Generates { get; init; }

    /// <summary>The answer may be a stream of events, which reports its tokens only when it is asked to.</summary>
    public bool Streams { get; init; }

    /// <summary>Counted in the metrics of requests.</summary>
    public bool IsMetered { get; init; }

    /// <summary>Has an entry in the ledger: it uses what a service has.</summary>
    public bool IsLedgered => Operation == ApiOperation.Infer;

    /// <summary>Named in the answer to an unknown address. Variants of another address and probes are not.</summary>
    public bool IsAdvertised { get; init; }
}

/// <summary>What a route does.</summary>
internal enum ApiOperation
{
    /// <summary>Has a replica of a service answer.</summary>
    Infer,

    /// <summary>Lists the services of the caller.</summary>
    ListModels,

    /// <summary>Describes one service.</summary>
    GetModel,

    /// <summary>Adds up what the caller has used.</summary>
    GetUsage,

    /// <summary>Says that the gateway runs.</summary>
    Health,

    /// <summary>Shows a response that was kept.</summary>
    GetResponse,

    /// <summary>Shows what went into it.</summary>
    ListResponseInput,

    /// <summary>Forgets it.</summary>
    DeleteResponse,

    /// <summary>Ends its making, which only one that is made in the background allows.</summary>
    CancelResponse,

    /// <summary>Says that the address is unknown, which methods it takes, or why it is not served.</summary>
    Refuse,
}

/// <summary>Whose interface an address belongs to.</summary>
internal enum ApiDialect
{
    /// <summary>Errors are {"error":{"message","type","param","code"}}.</summary>
    OpenAi,

    /// <summary>The Open Inference Protocol; errors are {"error":"message"}.</summary>
    OpenInference,

    /// <summary>Anthropic's messages; errors are {"type":"error","error":{"type","message"},"request_id"}.</summary>
    Anthropic,

    /// <summary>Ollama's interface, of which nothing is served; errors are {"error":"message"}, which its clients show.</summary>
    Ollama,
}

/// <summary>Whose words a request is in where these are not an engine's.</summary>
internal enum ApiTranslation
{
    None,

    /// <summary>POST /v1/messages: a chat completion.</summary>
    Messages,

    /// <summary>POST /v1/messages/count_tokens: a tokenization.</summary>
    MessageTokens,

    /// <summary>POST /v1/responses: a chat completion.</summary>
    Responses,

    /// <summary>POST /v1/responses/input_tokens: a tokenization.</summary>
    ResponseTokens,
}

/// <summary>Where a request names its service.</summary>
internal enum ModelLocation
{
    /// <summary>It is about all services of the caller.</summary>
    None,

    /// <summary>The body's field "model".</summary>
    Body,

    /// <summary>A part of the path.</summary>
    Path,

    /// <summary>A response that was kept, which the path names.</summary>
    Kept,
}
