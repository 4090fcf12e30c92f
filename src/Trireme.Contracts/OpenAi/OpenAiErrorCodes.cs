using Trireme.Contracts.Http;

namespace Trireme.Contracts.OpenAi;

/// <summary>Codes of errors, OpenAI's where it has one.</summary>
public static class OpenAiErrorCodes
{
    public const string InvalidApiKey = "invalid_api_key";
    public const string ModelNotFound = "model_not_found";
    public const string ContextLengthExceeded = "context_length_exceeded";
    public const string UnsupportedParameter = "unsupported_parameter";
    public const string UnsupportedMediaType = "unsupported_media_type";
    public const string UnknownUrl = "unknown_url";
    public const string MethodNotAllowed = "method_not_allowed";
    public const string RequestTooLarge = "request_too_large";

    /// <summary>A limit of a key, a tenant or a service has no room now; retry later.</summary>
    public const string RateLimitExceeded = "rate_limit_exceeded";

    /// <summary>A budget is spent; a retry is in vain before its day or month is over.</summary>
    public const string InsufficientQuota = "insufficient_quota";

    /// <summary>The request is addressed by a name that is not the server's.</summary>
    public const string ForeignHost = "foreign_host";

    /// <summary>The request comes from a web page that may not call the server.</summary>
    public const string ForeignOrigin = "foreign_origin";

    /// <summary>The waiting queue is full; retry elsewhere or later.</summary>
    public const string Overloaded = "overloaded";

    /// <summary>The request waited longer than its sender allowed and was never computed; retry elsewhere or later.</summary>
    public const string Expired = "expired";

    /// <summary>The request takes more memory than there is; do not send it again.</summary>
    public const string OutOfMemory = "out_of_memory";

    /// <summary>The engine has given its memory back; wake it, or retry elsewhere.</summary>
    public const string Asleep = "asleep";

    /// <summary>The model is being loaded; retry later.</summary>
    public const string Loading = "loading";

    /// <summary>The replica stops; retry elsewhere at once.</summary>
    public const string Draining = "draining";

    /// <summary>The engine failed.</summary>
    public const string EngineFailed = "engine_failed";

    /// <summary>The code of a request that the rules of a listener do not take.</summary>
    public static string OfCaller(CallerRefusal refusal)
    {
        ArgumentNullException.ThrowIfNull(refusal);
        return refusal.Reason == "origin" ? ForeignOrigin : ForeignHost;
    }
}

/// <summary>Classes of errors.</summary>
public static class OpenAiErrorTypes
{
    public const string InvalidRequest = "invalid_request_error";
    public const string Server = "server_error";
}
