using CsCheck;
using Trireme.Gateway.Accounting;
using Trireme.Hosting.Usage;

namespace Trireme.Tests.Hosting.Usage;

public sealed class SpoolSlotTests
{
    private static readonly Gen<(long Sequence, UsageSubject Subject, string Release, UsageCounts[] Counts)> Entries = Gen.Select(
        Gen.Long[1, long.MaxValue],
        Gen.Select(Names(63), Names(8), Names(63), Names(128)).Select(static names => new UsageSubject
        {
            Namespace = names.Item1, Key = names.Item2, Service = names.Item3, RequestId = names.Item4, Route = "/v1/chat/completions",
            ArrivedAt = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000),
        }),
        Names(76),
        Gen.Select(Gen.Long[0, 1 << 40], Gen.Long[0, 1 << 20], Gen.Long[0, 1 << 40], Gen.Long[0, 1L << 60])
            .Select(static of => new UsageCounts(of.Item1, of.Item2, of.Item3, of.Item4)).Array[1, 5]);

    [Fact]
    public void What_was_written_last_is_read() => Entries.Sample(entry =>
    {
        byte[] slot = Written(entry.Sequence, entry.Subject, entry.Release, entry.Counts);
        UsageRecord read = SpoolSlot.Read(slot)!;
        Assert.Equal(
            (entry.Subject.Namespace, entry.Subject.Key, entry.Subject.Service, entry.Subject.RequestId, entry.Release),
            (read.Namespace, read.Key, read.Service, read.RequestId, read.Release));
        Assert.Equal((entry.Sequence, entry.Counts[^1]), (read.Sequence, read.Counts));
    });

    /// <summary>Some bits of what a disk or a person may damage: nothing is read that was never written.</summary>
    [Fact]
    public void Damaged_bytes_are_never_read_as_something_else() =>
        Gen.Select(Entries, Gen.Select(Gen.Int[0, SpoolSlot.Bytes - 1], Gen.Byte[1, 255]).Array[1, 8]).Sample((entry, damage) =>
        {
            byte[] slot = Written(entry.Sequence, entry.Subject, entry.Release, entry.Counts);
            foreach ((int at, byte bits) in damage) slot[at] ^= bits;
            if (SpoolSlot.Read(slot) is not { } read) return;
            Assert.Equal(entry.Sequence, read.Sequence);
            Assert.Equal(
                (entry.Subject.Namespace, entry.Subject.Key, entry.Subject.Service, entry.Subject.RequestId),
                (read.Namespace, read.Key, read.Service, read.RequestId));
            Assert.Contains(read.Release, (string[])[entry.Release, ""]);

            // Of the counts there are two copies: with the newer one damaged, what was counted before it is read.
            Assert.Contains(read.Counts, (UsageCounts[])[.. entry.Counts.TakeLast(2), default]);
        });

    /// <summary>A process that dies has written a beginning of the bytes of its last write.</summary>
    [Fact]
    public void A_write_that_breaks_off_leaves_what_was_counted_before() =>
        Gen.Select(Entries, Gen.Int[0, SpoolSlot.CountsBytes]).Sample((entry, length) =>
        {
            byte[] before = Written(entry.Sequence, entry.Subject, entry.Release, entry.Counts);
            byte[] after = Written(entry.Sequence, entry.Subject, entry.Release, [.. entry.Counts, new UsageCounts(7, 7, 7, 7)]);
            int copy = SpoolSlot.CountsAt + (entry.Counts.Length % 2 == 0 ? 0 : SpoolSlot.CountsBytes);
            after.AsSpan(copy, length).CopyTo(before.AsSpan(copy));
            UsageCounts read = SpoolSlot.Read(before)!.Counts;
            Assert.Contains(read, (UsageCounts[])[entry.Counts[^1], new UsageCounts(7, 7, 7, 7)]);
        });

    [Fact]
    public void Another_entry_s_bytes_in_the_same_slot_are_none_of_this_one()
    {
        UsageSubject subject = Subject("a");
        byte[] slot = Written(1, subject, "r", [new UsageCounts(1, 1, 1, 1), new UsageCounts(2, 2, 2, 2)]);
        byte[] next = new byte[SpoolSlot.Bytes];
        Assert.True(SpoolSlot.TryBegin(next, 2, subject));
        next.AsSpan(8, SpoolSlot.CountsAt + SpoolSlot.CountsBytes - 8).CopyTo(slot.AsSpan(8));
        BitConverter.TryWriteBytes(slot, 2L);
        Assert.Equal(default, SpoolSlot.Read(slot)!.Counts);
    }

    [Fact]
    public void Names_that_do_not_fit_are_refused()
    {
        byte[] slot = new byte[SpoolSlot.Bytes];
        Assert.False(SpoolSlot.TryBegin(slot, 1, Subject(new string('n', 256))));
        UsageSubject longest = Subject(new string('n', 253)) with { RequestId = new string('i', 128) };
        Assert.False(SpoolSlot.TryBegin(slot, 1, longest with { Namespace = new string('n', 253) }));
        Assert.True(SpoolSlot.TryBegin(slot, 1, longest));
    }

    private static Gen<string> Names(int most) =>
        Gen.Char["abcdefghijklmnopqrstuvwxyz0123456789-."].Array[1, most].Select(static of => new string(of));

    private static UsageSubject Subject(string service) => new()
    {
        Namespace = "ns", Key = "abcdefgh", Service = service, RequestId = "req_1", Route = "/v1/embeddings",
        ArrivedAt = DateTimeOffset.UnixEpoch,
    };

    private static byte[] Written(long sequence, in UsageSubject subject, string release, IEnumerable<UsageCounts> counts)
    {
        byte[] slot = new byte[SpoolSlot.Bytes];
        Assert.True(SpoolSlot.TryBegin(slot, sequence, subject));
        Span<byte> place = slot.AsSpan(SpoolSlot.ReleaseAt, SpoolSlot.ReleaseBytes);
        Assert.True(SpoolSlot.TryWriteRelease(place, sequence, release, out uint sum));
        BitConverter.TryWriteBytes(slot.AsSpan(SpoolSlot.ReleaseSumAt), sum);
        BitConverter.TryWriteBytes(slot, sequence);
        long version = 1;
        foreach (UsageCounts one in counts)
        {
            version++;
            int copy = version % 2 == 1 ? 0 : SpoolSlot.CountsBytes;
            SpoolSlot.WriteCounts(
                slot.AsSpan(SpoolSlot.CountsAt + copy, SpoolSlot.CountsBytes), sequence, new SlotCounts { Version = version, Used = one });
        }

        return slot;
    }
}
