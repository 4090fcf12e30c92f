using Trireme.Gateway.Routing;

namespace Trireme.Gateway.Accounting;

/// <summary>How one request ended. Metrics, and whatever else keeps account of requests, are made from it.</summary>
internal sealed record RequestOutcome
{
    /// <summary>HTTP status of the answer; 499 for a client that left.</summary>
    public required int Status { get; init; }

    /// <summary>Who brought the answer to its end.</summary>
    public required RequestEnd EndedBy { get; init; }

    /// <summary>False for an answer that was cut short: the client got none, or half of one.</summary>
    public required bool IsComplete { get; init; }

    /// <summary>The release that answered, or was asked last; null if none was.</summary>
    public LiveRelease? Release { get; init; }

    /// <summary>The replica that answered, or was asked last.</summary>
    public ReplicaRoute? Replica { get; init; }

    /// <summary>Times a replica was asked.</summary>
    public int Attempts { get; init; }

    /// <summary>Bytes of the answer's body.</summary>
    public long BytesToClient { get; init; }

    /// <summary>Null where the answer reports none.</summary>
    public TokenUsage? Usage { get; init; }

    /// <summary>Why the engine ended generated text, such as "stop"; null for other answers.</summary>
    public string? FinishReason { get; init; }

    /// <summary>From the arrival of the request to the first generated content.</summary>
    public TimeSpan? TimeToFirstToken { get; init; }
}

/// <summary>Who ended a request.</summary>
internal enum RequestEnd
{
    /// <summary>The client closed the connection before the answer was over.</summary>
    Client,

    /// <summary>The replica: its answer was over, or broke off.</summary>
    Replica,

    /// <summary>The gateway: it answered itself, or gave up waiting for more.</summary>
    Gateway,
}
