using System.Collections.Concurrent;
using Trireme.Contracts.Usage;
using Trireme.Gateway.Accounting;

namespace Trireme.Gateway.Tests.Harness;

/// <summary>A ledger in memory, of which tests see every entry as it would lie on a disk.</summary>
internal sealed class RecordedUsage : IUsageLedger
{
    public bool IsKept => true;

    public ConcurrentQueue<RecordedEntry> Entries { get; } = new();

    public IUsageEntry? Begin(in UsageSubject subject)
    {
        var entry = new RecordedEntry(subject);
        Entries.Enqueue(entry);
        return entry;
    }

    public Task<UsageReport> ReadAsync(UsageQuestion question, CancellationToken cancellationToken) => throw new NotSupportedException();
}

internal sealed class RecordedEntry(UsageSubject subject) : IUsageEntry
{
    public UsageSubject Subject { get; } = subject;

    public List<string> Releases { get; } = [];

    public UsageCounts Counts { get; private set; }

    /// <summary>The answer's end was about to go to the client.</summary>
    public bool IsWhole { get; private set; }

    public UsageEnd? End { get; private set; }

    public void Ask(string release) => Releases.Add(release);

    public void Count(in UsageCounts counts, bool isWhole) => (Counts, IsWhole) = (counts, isWhole);

    public void Close(in UsageCounts counts, in UsageEnd end)
    {
        Assert.Null(End);
        (Counts, End) = (counts, end);
    }
}
