using Trireme.Contracts.Usage;

namespace Trireme.Gateway.Accounting;

/// <summary>
/// Keeps an entry of every request that reached a service: who asked whom, what it used and how it ended. No call waits for a disk or
/// throws, and what was said is kept whenever the process dies.
/// </summary>
public interface IUsageLedger
{
    /// <summary>Whether entries are kept at all.</summary>
    bool IsKept { get; }

    /// <summary>Begins an entry.</summary>
    /// <returns>Null where there is no room for it, which the ledger counts: the request goes on.</returns>
    IUsageEntry? Begin(in UsageSubject subject);

    /// <summary>Adds up what was used, until now.</summary>
    /// <exception cref="IOException">What is kept cannot be read now; the message says why.</exception>
    Task<UsageReport> ReadAsync(UsageQuestion question, CancellationToken cancellationToken);
}

/// <summary>One request in the ledger. One thing at a time is said to it, and nothing after its close.</summary>
public interface IUsageEntry
{
    /// <summary>A release is asked, the first or another one.</summary>
    /// <param name="release">Its name and digits, as the answer's header has them.</param>
    void Ask(string release);

    /// <summary>Says what was used so far, before the client gets what that was used for.</summary>
    /// <param name="counts">From the request's beginning on.</param>
    /// <param name="isWhole">The answer's end is about to go to the client.</param>
    void Count(in UsageCounts counts, bool isWhole);

    /// <summary>Says how the request ended.</summary>
    void Close(in UsageCounts counts, in UsageEnd end);
}

/// <summary>Who asked whom for what.</summary>
public readonly record struct UsageSubject
{
    /// <summary>The id that the answer carries.</summary>
    public required string RequestId { get; init; }

    /// <summary>The tenant.</summary>
    public required string Namespace { get; init; }

    /// <summary>The part of the API key that may be shown.</summary>
    public required string Key { get; init; }

    public required string Service { get; init; }

    /// <summary>The address as it is routed, such as "/v1/chat/completions".</summary>
    public required string Route { get; init; }

    public required DateTimeOffset ArrivedAt { get; init; }
}

/// <summary>What a request has used, as its limits count it.</summary>
/// <param name="Prompt">Tokens of the prompt; at least one where no engine has counted them.</param>
/// <param name="CachedPrompt">Those of them that an engine's cache held.</param>
/// <param name="Output">Generated tokens.</param>
/// <param name="Cost">What they cost, in billionths of the currency.</param>
public readonly record struct UsageCounts(long Prompt, long CachedPrompt, long Output, long Cost);

/// <summary>How a request ended.</summary>
/// <param name="Outcome">In one word.</param>
/// <param name="Status">HTTP status; 499 for a client that left.</param>
/// <param name="Attempts">Times a replica was asked.</param>
/// <param name="ReplicaTime">How long replicas had it.</param>
/// <param name="ReplicaCost">What its part of that time costs by the prices of pools, in billionths of the currency.</param>
public readonly record struct UsageEnd(UsageOutcome Outcome, int Status, int Attempts, TimeSpan ReplicaTime, long ReplicaCost = 0);

/// <summary>How a request ended. The numbers are written to disks.</summary>
public enum UsageOutcome
{
    /// <summary>It has not, or the gateway ended before it.</summary>
    Cut = 0,

    /// <summary>The client got the whole answer.</summary>
    Completed = 1,

    /// <summary>The client closed the connection before.</summary>
    ClientLeft = 2,

    /// <summary>A limit had no room for it, or for all of its answer.</summary>
    Limited = 3,

    /// <summary>It was wrong: a status from 400 on.</summary>
    Rejected = 4,

    /// <summary>Nobody could answer: a status from 500 on.</summary>
    Failed = 5,
}

/// <summary>No ledger.</summary>
internal sealed class NoUsageLedger : IUsageLedger
{
    public bool IsKept => false;

    public IUsageEntry? Begin(in UsageSubject subject) => null;

    public Task<UsageReport> ReadAsync(UsageQuestion question, CancellationToken cancellationToken) =>
        throw new NotSupportedException("There is no ledger.");
}
