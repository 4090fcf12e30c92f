using System.Threading.Channels;

namespace Trireme.Inference.Generation;

/// <summary>Why a request was not taken.</summary>
public enum SubmitError
{
    /// <summary>The prompt is empty or holds a token outside the vocabulary.</summary>
    InvalidPrompt,

    /// <summary>Prompt and wanted answer exceed the context length.</summary>
    ContextLengthExceeded,

    /// <summary>A sampling option is out of range.</summary>
    InvalidSampling,

    /// <summary>The constraint on the answer is malformed, cannot be kept, or needs more tokens than asked for.</summary>
    InvalidConstraint,

    /// <summary>The number of answers, the priority or the weight is out of range.</summary>
    InvalidRequest,

    /// <summary>No adapter has the name the request gives.</summary>
    UnknownAdapter,

    /// <summary>The waiting queue is full; retry elsewhere or later.</summary>
    Overloaded,

    /// <summary>The engine sleeps; it computes again once it is woken.</summary>
    Asleep,

    /// <summary>The engine drains or has failed.</summary>
    Unavailable,
}

/// <summary>An accepted request's events, or the reason it was refused with a message for the client.</summary>
public sealed record SubmitResult(ChannelReader<TokenEvent>? Events, SubmitError? Error, string? Message);
