using System.Buffers.Binary;
using Trireme.Gateway.Accounting;

namespace Trireme.Hosting.Usage;

/// <summary>One request's entry in the spool.</summary>
internal sealed class SpoolEntry(UsageLedger ledger, UsageSpool spool, int slot, long sequence) : IUsageEntry
{
    private const ushort Ok = 200;

    /// <summary>What was written last.</summary>
    private SlotCounts _last = new() { Version = 1 };
    private bool _isClosed;

    public void Ask(string release)
    {
        if (_isClosed) return;
        Span<byte> bytes = stackalloc byte[SpoolSlot.ReleaseBytes];
        if (!SpoolSlot.TryWriteRelease(bytes, sequence, release, out uint sum)) return;
        Write(SpoolSlot.ReleaseAt, bytes);
        Span<byte> sumBytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(sumBytes, sum);
        Write(SpoolSlot.ReleaseSumAt, sumBytes);
    }

    public void Count(in UsageCounts counts, bool isWhole)
    {
        if (_isClosed || (counts == _last.Used && !isWhole)) return;
        Write(_last with
        {
            Used = counts,
            Outcome = isWhole ? UsageOutcome.Completed : UsageOutcome.Cut,
            Status = isWhole ? Ok : (ushort)0,
        });
    }

    public void Close(in UsageCounts counts, in UsageEnd end)
    {
        if (_isClosed) return;
        Write(new SlotCounts
        {
            Version = _last.Version,
            Used = counts,
            ReplicaMilliseconds = (long)end.ReplicaTime.TotalMilliseconds,
            ReplicaCost = end.ReplicaCost,
            Status = (ushort)Math.Clamp(end.Status, 0, ushort.MaxValue),
            Attempts = (ushort)Math.Clamp(end.Attempts, 0, ushort.MaxValue),
            Outcome = end.Outcome,
        });
        _isClosed = true;
        ledger.Closed(slot);
    }

    /// <summary>Writes the older copy, so that the other one holds until this one does.</summary>
    private void Write(SlotCounts counts)
    {
        _last = counts with { Version = _last.Version + 1, At = ledger.Now.ToUnixTimeMilliseconds() };
        Span<byte> bytes = stackalloc byte[SpoolSlot.CountsBytes];
        SpoolSlot.WriteCounts(bytes, sequence, _last);
        int copy = (int)(_last.Version & 1) == 1 ? 0 : SpoolSlot.CountsBytes;
        Write(SpoolSlot.CountsAt + copy, bytes);
    }

    private void Write(int at, ReadOnlySpan<byte> bytes)
    {
        try
        {
            spool.Write(slot, at, bytes);
        }
        catch (ObjectDisposedException)
        {
            // A request that outlives its gateway: the next one finds its entry as it was, and cuts it.
        }
    }
}
