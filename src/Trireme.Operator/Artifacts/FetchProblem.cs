namespace Trireme.Operator.Artifacts;

/// <summary>Why files of a release are not here.</summary>
/// <param name="Reason">The reason of the release's condition.</param>
/// <param name="Message">What is wrong and what to do.</param>
/// <param name="IsVerdict">
/// True when the other side or the store has said no. False when nothing is known of the files: a machine that is offline, a disk that is
/// full.
/// </param>
/// <param name="RetryAfter">Pause before it is tried again, where the other side asked for one.</param>
internal sealed record FetchProblem(string Reason, string Message, bool IsVerdict, TimeSpan? RetryAfter = null)
{
    public static FetchProblem Refused(string reason, string message) => new(reason, message, IsVerdict: true);

    public static FetchProblem Unknown(string reason, string message, TimeSpan? retryAfter = null) =>
        new(reason, message, IsVerdict: false, retryAfter);
}

/// <summary>Ends a fetch; caught where it began.</summary>
internal sealed class FetchException(FetchProblem problem, Exception? cause = null) : Exception(problem.Message, cause)
{
    public FetchProblem Problem { get; } = problem;
}

/// <summary>Reasons of a release's condition that come from a fetch.</summary>
internal static class FetchReasons
{
    public const string Fetching = "Fetching";

    /// <summary>The server does not answer, or not as one of its kind; or this machine must not ask.</summary>
    public const string SourceUnreachable = "SourceUnreachable";

    /// <summary>The server says that there is no such thing, or none for who asks.</summary>
    public const string SourceNotFound = "SourceNotFound";

    /// <summary>The server says that who asks may not have it.</summary>
    public const string SourceRefused = "SourceRefused";

    /// <summary>The address holds something else than when the release first asked.</summary>
    public const string SourceChanged = "SourceChanged";

    /// <summary>What came is not what was announced.</summary>
    public const string DigestMismatch = "DigestMismatch";

    /// <summary>What was announced cannot be files of a model.</summary>
    public const string SourceInvalid = "SourceInvalid";

    /// <summary>The Secret is not there, or lacks a key.</summary>
    public const string PullSecretInvalid = "PullSecretInvalid";

    /// <summary>The store may not grow so far.</summary>
    public const string StoreFull = "StoreFull";

    /// <summary>This machine has no disk space or descriptors left.</summary>
    public const string MachineShort = "MachineShort";
}
