using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using Trireme.Gateway.Accounting;

namespace Trireme.Hosting.Usage;

/// <summary>
/// The bytes of one entry. What is written once, who asked whom, and what is written again and again, how much was used, have checksums of
/// their own; of the latter there are two copies, written in turn, so that one of them is whole whenever the process dies:
///   0     sequence number; 0 of a free slot. It is written last when an entry begins.
///   8     checksum of the subject, of which the sequence number is a part, as of all checksums
///   12    checksum of the release
///   16    subject: time of arrival, and texts with a byte of length before each
///   616   release: a text
///   856   counts, and 936 their other copy
/// </summary>
internal static class SpoolSlot
{
    /// <summary>A part of a page, so that an entry is never on two of them.</summary>
    public const int Bytes = 1024;

    public const int SubjectAt = 16;
    public const int ReleaseAt = 616;
    public const int CountsAt = 856;
    public const int ReleaseBytes = CountsAt - ReleaseAt;

    /// <summary>Bytes of one copy of the counts.</summary>
    public const int CountsBytes = 80;

    public const int ReleaseSumAt = 12;

    private const int SubjectSumAt = 8;
    private const int SubjectBytes = ReleaseAt - SubjectAt;
    private const int SumAt = CountsBytes - 8;

    /// <summary>Writes a new entry, but for its sequence number.</summary>
    /// <returns>Whether the names fit.</returns>
    public static bool TryBegin(Span<byte> slot, long sequence, in UsageSubject subject)
    {
        slot.Clear();
        Span<byte> bytes = slot.Slice(SubjectAt, SubjectBytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes, subject.ArrivedAt.ToUnixTimeMilliseconds());
        int at = sizeof(long);
        bool fits = TryWrite(bytes, ref at, subject.Namespace)
            && TryWrite(bytes, ref at, subject.Key)
            && TryWrite(bytes, ref at, subject.Service)
            && TryWrite(bytes, ref at, subject.Route)
            && TryWrite(bytes, ref at, subject.RequestId);
        if (!fits) return false;
        BinaryPrimitives.WriteUInt32LittleEndian(slot[SubjectSumAt..], Sum(sequence, bytes));
        TryWriteRelease(slot.Slice(ReleaseAt, ReleaseBytes), sequence, "", out uint sum);
        BinaryPrimitives.WriteUInt32LittleEndian(slot[ReleaseSumAt..], sum);
        WriteCounts(slot.Slice(CountsAt, CountsBytes), sequence, new SlotCounts { Version = 1 });
        return true;
    }

    /// <summary>Writes the release; false where it does not fit.</summary>
    /// <param name="bytes">As many as it has.</param>
    /// <param name="sequence">Of the entry.</param>
    /// <param name="release">The text.</param>
    /// <param name="sum">Its checksum, which stands elsewhere.</param>
    public static bool TryWriteRelease(Span<byte> bytes, long sequence, string release, out uint sum)
    {
        bytes.Clear();
        int at = 0;
        bool fits = TryWrite(bytes, ref at, release);
        sum = Sum(sequence, bytes);
        return fits;
    }

    /// <summary>Writes one copy of the counts.</summary>
    public static void WriteCounts(Span<byte> bytes, long sequence, in SlotCounts counts)
    {
        BinaryPrimitives.WriteInt64LittleEndian(bytes, counts.Version);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], counts.Used.Prompt);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], counts.Used.CachedPrompt);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[24..], counts.Used.Output);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[32..], counts.Used.Cost);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[40..], counts.At);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[48..], counts.ReplicaMilliseconds);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[56..], counts.ReplicaCost);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[64..], counts.Status);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[66..], counts.Attempts);
        bytes[68] = (byte)counts.Outcome;
        bytes[69] = bytes[70] = bytes[71] = 0;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[SumAt..], Sum(sequence, bytes[..SumAt]));
    }

    /// <summary>The sequence number of a slot; 0 of a free one.</summary>
    public static long SequenceOf(ReadOnlySpan<byte> slot) => BinaryPrimitives.ReadInt64LittleEndian(slot);

    /// <summary>Reads an entry; null if its bytes are not those that were written.</summary>
    public static UsageRecord? Read(ReadOnlySpan<byte> slot)
    {
        long sequence = SequenceOf(slot);
        ReadOnlySpan<byte> subject = slot.Slice(SubjectAt, SubjectBytes);
        if (Sum(sequence, subject) != BinaryPrimitives.ReadUInt32LittleEndian(slot[SubjectSumAt..])) return null;
        SlotCounts? one = ReadCounts(slot.Slice(CountsAt, CountsBytes), sequence);
        SlotCounts? other = ReadCounts(slot.Slice(CountsAt + CountsBytes, CountsBytes), sequence);
        if ((one?.Version > (other?.Version ?? 0) ? one : other) is not { } counts) return null;
        long arrived = BinaryPrimitives.ReadInt64LittleEndian(subject);
        int at = sizeof(long);
        bool isWhole = TryRead(subject, ref at, out string ns) & TryRead(subject, ref at, out string key)
            & TryRead(subject, ref at, out string service) & TryRead(subject, ref at, out string route)
            & TryRead(subject, ref at, out string id);
        if (!isWhole) return null;
        return new UsageRecord
        {
            Sequence = sequence,
            EndedAt = Math.Max(arrived, counts.At),
            RequestId = id,
            Namespace = ns,
            Key = key,
            Service = service,
            Release = ReleaseOf(slot, sequence),
            Route = route,
            Outcome = counts.Outcome,
            Status = counts.Status,
            Attempts = counts.Attempts,
            Counts = counts.Used,
            ReplicaMilliseconds = counts.ReplicaMilliseconds,
            ReplicaCost = counts.ReplicaCost,
        };
    }

    /// <summary>One that was being replaced when the process died is not known.</summary>
    private static string ReleaseOf(ReadOnlySpan<byte> slot, long sequence)
    {
        ReadOnlySpan<byte> bytes = slot.Slice(ReleaseAt, ReleaseBytes);
        int at = 0;
        bool isWhole = Sum(sequence, bytes) == BinaryPrimitives.ReadUInt32LittleEndian(slot[ReleaseSumAt..])
            & TryRead(bytes, ref at, out string release);
        return isWhole ? release : "";
    }

    private static SlotCounts? ReadCounts(ReadOnlySpan<byte> bytes, long sequence)
    {
        if (Sum(sequence, bytes[..SumAt]) != BinaryPrimitives.ReadUInt32LittleEndian(bytes[SumAt..])) return null;
        return new SlotCounts
        {
            Version = BinaryPrimitives.ReadInt64LittleEndian(bytes),
            Used = new UsageCounts(
                BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]),
                BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]),
                BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]),
                BinaryPrimitives.ReadInt64LittleEndian(bytes[32..])),
            At = BinaryPrimitives.ReadInt64LittleEndian(bytes[40..]),
            ReplicaMilliseconds = BinaryPrimitives.ReadInt64LittleEndian(bytes[48..]),
            ReplicaCost = BinaryPrimitives.ReadInt64LittleEndian(bytes[56..]),
            Status = BinaryPrimitives.ReadUInt16LittleEndian(bytes[64..]),
            Attempts = BinaryPrimitives.ReadUInt16LittleEndian(bytes[66..]),
            Outcome = (UsageOutcome)bytes[68],
        };
    }

    private static bool TryWrite(Span<byte> bytes, ref int at, string text)
    {
        if (at >= bytes.Length || !Encoding.UTF8.TryGetBytes(text, bytes[(at + 1)..], out int length) || length > byte.MaxValue)
        {
            return false;
        }

        bytes[at] = (byte)length;
        at += 1 + length;
        return true;
    }

    private static bool TryRead(ReadOnlySpan<byte> bytes, ref int at, out string text)
    {
        text = "";
        if (at >= bytes.Length || at + 1 + bytes[at] > bytes.Length) return false;
        text = Encoding.UTF8.GetString(bytes.Slice(at + 1, bytes[at]));
        at += 1 + bytes[at];
        return true;
    }

    /// <summary>CRC-32C over the number and whole words, of which all parts consist.</summary>
    private static uint Sum(long sequence, ReadOnlySpan<byte> bytes)
    {
        uint sum = BitOperations.Crc32C(uint.MaxValue, (ulong)sequence);
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            sum = BitOperations.Crc32C(sum, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }

        return sum;
    }
}

/// <summary>One copy of an entry's counts.</summary>
internal readonly record struct SlotCounts
{
    /// <summary>The higher one is the newer.</summary>
    public required long Version { get; init; }

    public UsageCounts Used { get; init; }

    /// <summary>When it was written, in milliseconds since 1970; 0 before anything was counted.</summary>
    public long At { get; init; }

    public long ReplicaMilliseconds { get; init; }

    public long ReplicaCost { get; init; }

    public ushort Status { get; init; }

    public ushort Attempts { get; init; }

    public UsageOutcome Outcome { get; init; }
}
