namespace Trireme.Contracts.OpenAi;

/// <summary>What went wrong; clients read the message, programs the code.</summary>
public sealed record OpenAiError
{
    public string Message { get; init; } = "";

    /// <summary>The class of the error, such as "invalid_request_error".</summary>
    public string? Type { get; init; }

    /// <summary>The field at fault.</summary>
    public string? Param { get; init; }

    public string? Code { get; init; }
}

/// <summary>The body of an answer that failed, and the event of a stream that failed.</summary>
public sealed record OpenAiErrorBody
{
    public OpenAiError? Error { get; init; }
}
