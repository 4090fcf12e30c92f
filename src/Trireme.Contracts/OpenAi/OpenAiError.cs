using System.Text.Json.Serialization;

namespace Trireme.Contracts.OpenAi;

/// <summary>What went wrong; clients read the message, programs the code.</summary>
public sealed record OpenAiError
{
    public string Message { get; init; } = "";

    /// <summary>The class of the error, such as "invalid_request_error".</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? Type { get; init; }

    /// <summary>The field at fault.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? Param { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? Code { get; init; }
}

/// <summary>The body of an answer that failed, and the event of a stream that failed.</summary>
public sealed record OpenAiErrorBody
{
    public OpenAiError? Error { get; init; }
}
