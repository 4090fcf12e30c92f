namespace Trireme.Gateway.Forwarding;

/// <summary>Why an attempt gave the client nothing.</summary>
internal enum AttemptFailure
{
    None,

    /// <summary>No connection: the replica is ejected for a while, and nothing was asked of it.</summary>
    Refused,

    /// <summary>The replica turns the platform's key away, so it is not its own any more and is ejected as if it were gone.</summary>
    Unauthorized,

    /// <summary>The connection broke before the first content.</summary>
    Reset,

    /// <summary>The replica answered 500, 502 or 503.</summary>
    Status,

    /// <summary>The replica was silent for too long. It is not repeated: the work may be as slow elsewhere.</summary>
    Silent,
}

internal static class AttemptFailureExtensions
{
    /// <summary>The reason label of the retries metric.</summary>
    public static string Reason(this AttemptFailure failure) => failure switch
    {
        AttemptFailure.Refused => "connect",
        AttemptFailure.Unauthorized => "unauthorized",
        AttemptFailure.Reset => "reset",
        AttemptFailure.Status => "status",
        AttemptFailure.Silent => "timeout",
        _ => "none",
    };
}
