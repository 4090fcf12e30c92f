using Trireme.Gateway.Routing;

namespace Trireme.Gateway.Accounting;

/// <summary>What is known of an answer while it is on its way, so that the account is right whatever ends it.</summary>
internal sealed class AnswerProgress
{
    /// <summary>nginx's code for a client that closed the connection; it is counted and never sent.</summary>
    private const int ClientClosedRequest = 499;

    /// <summary>What replicas had it for before the one that was asked last, in the clock's ticks.</summary>
    private long _earlier;

    public LiveRelease? Release { get; private set; }

    public LiveReplica? Replica { get; private set; }

    public int Attempts { get; private set; }

    public long BytesToClient { get; set; }

    public TokenUsage? Usage { get; set; }

    public string? FinishReason { get; set; }

    public TimeSpan? TimeToFirstToken { get; set; }

    /// <summary>True if the request waited for a replica to become ready.</summary>
    public bool WasHeld { get; set; }

    /// <summary>Timestamp at which the replica asked last got the request; null before.</summary>
    public long? AskedAt { get; private set; }

    /// <summary>Work that it then had in flight, this request's included.</summary>
    public long WorkBeside { get; private set; }

    /// <summary>The request's entry in the ledger; null where there is none.</summary>
    public IUsageEntry? Entry { get; set; }

    /// <summary>Events have been sent, or are about to be.</summary>
    public bool IsStream { get; set; }

    /// <summary>The stream holds a finish reason or an error: nothing may follow.</summary>
    public bool IsClosed { get; set; }

    /// <summary>A replica is being asked.</summary>
    public void Ask(LiveRelease release, LiveReplica replica)
    {
        Release = release;
        Replica = replica;
        Attempts++;
        Entry?.Ask(release.Route.Label);
    }

    /// <summary>The replica has got the request.</summary>
    public void Sent(long timestamp, long workBeside)
    {
        if (AskedAt is { } before) _earlier += timestamp - before;
        (AskedAt, WorkBeside) = (timestamp, workBeside);
    }

    /// <summary>How long replicas have had it until now.</summary>
    public TimeSpan ReplicaTime(TimeProvider time) =>
        AskedAt is { } at ? time.GetElapsedTime(at) + time.GetElapsedTime(0, _earlier) : TimeSpan.Zero;

    /// <summary>The client got a whole answer, be it an error.</summary>
    public RequestOutcome Complete(int status, RequestEnd endedBy) => End(status, endedBy, isComplete: true);

    /// <summary>The answer broke off.</summary>
    public RequestOutcome Cut(int status, RequestEnd endedBy) => End(status, endedBy, isComplete: false);

    /// <summary>The client closed the connection before the answer was over.</summary>
    public RequestOutcome ClientLeft() => End(ClientClosedRequest, RequestEnd.Client, isComplete: false);

    private RequestOutcome End(int status, RequestEnd endedBy, bool isComplete) => new()
    {
        Status = status,
        EndedBy = endedBy,
        IsComplete = isComplete,
        Release = Release,
        Replica = Replica?.Route,
        Attempts = Attempts,
        BytesToClient = BytesToClient,
        Usage = Usage,
        FinishReason = FinishReason,
        TimeToFirstToken = TimeToFirstToken,
    };
}
