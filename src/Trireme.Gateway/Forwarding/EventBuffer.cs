using System.Buffers;
using Trireme.Fleet.Limits;
using Trireme.Gateway.Accounting;
using Trireme.Gateway.Limits;

namespace Trireme.Gateway.Forwarding;

/// <summary>
/// Holds what a replica has streamed and the client has not got yet, cut into complete events. Half an event is kept back until
/// the rest arrives, so that a stream that breaks is cut between two events, where a client can still read the error that follows.
/// </summary>
/// <param name="maxEventBytes">Longest event.</param>
/// <param name="shown">What the client gets to see of the tokens that the replica reports.</param>
/// <param name="meter">Takes each event's tokens from the limits that hold, before it is ready; null where none do.</param>
internal sealed class EventBuffer(int maxEventBytes, UsageShown shown, UsageMeter? meter = null) : IDisposable
{
    private const int InitialBytes = 16 * 1024;

    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(Math.Min(InitialBytes, maxEventBytes));
    private int _start;
    private int _ready;
    private int _end;
    private int _searched;
    private long _contentEvents;
    private readonly GeneratedTokens _generated = new();

    /// <summary>Complete events for the client.</summary>
    public ReadOnlyMemory<byte> Ready => _bytes.AsMemory(_start, _ready - _start);

    /// <summary>All that is left, including the beginning of an event that never ended.</summary>
    public ReadOnlyMemory<byte> Rest => _bytes.AsMemory(_start, _end - _start);

    /// <summary>The first finish reason; null until one has come.</summary>
    public string? FinishReason { get; private set; }

    public bool Finished => FinishReason is not null;

    public bool Failed { get; private set; }

    /// <summary>The end marker came although no choice was finished; it is not passed on.</summary>
    public bool EndedUnfinished { get; private set; }

    /// <summary>True once something came that the client should see without waiting for more.</summary>
    public bool EndsHolding { get; private set; }

    /// <summary>One event is larger than allowed.</summary>
    public bool IsTooLong { get; private set; }

    public TokenUsage? Usage { get; private set; }

    /// <summary>The limit that had no room for the event that came next; nothing is ready from there on.</summary>
    public LimitDenial? Denial { get; private set; }

    /// <summary>Free space for the next read; empty when one event is larger than allowed.</summary>
    public Memory<byte> Free()
    {
        if (_end < _bytes.Length) return _bytes.AsMemory(_end);
        if (_start > 0)
        {
            _bytes.AsSpan(_start, _end - _start).CopyTo(_bytes);
            (_ready, _end, _start) = (_ready - _start, _end - _start, 0);
            return _bytes.AsMemory(_end);
        }

        if (_bytes.Length >= maxEventBytes)
        {
            IsTooLong = true;
            return default;
        }

        byte[] larger = ArrayPool<byte>.Shared.Rent(_bytes.Length * 2);
        _bytes.AsSpan(0, _end).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
        return _bytes.AsMemory(_end);
    }

    /// <summary>Takes in what was read into <see cref="Free"/>.</summary>
    /// <returns>Events with generated content among the new ones.</returns>
    public int Advance(int count)
    {
        _end += count;
        int contentEvents = 0;
        while (!EndedUnfinished)
        {
            int length = StreamEvent.FindEnd(_bytes.AsSpan(_ready, _end - _ready), ref _searched);
            if (length == 0) break;
            StreamEvent read = StreamEvent.Read(_bytes.AsSpan(_ready, length));
            if (read.Usage is { } usage) Usage = _generated.Add(usage, read);
            if (read.HasContent) _contentEvents++;
            Denial = meter?.Take(Usage, _contentEvents, isWhole: read.IsDone && Finished);
            if (Denial is not null) break;
            FinishReason ??= read.FinishReason;
            Failed |= read.IsError;
            EndsHolding |= read.EndsHolding;
            if (read.HasContent) contentEvents++;
            if (read.IsDone && !Finished && !Failed) EndedUnfinished = true;
            else if (read.IsUsageOnly && shown is UsageShown.Nothing or UsageShown.NoExtraEvent) Remove(_ready, length);
            else _ready += length - Hide(read.UsageField);
        }

        return contentEvents;
    }

    /// <summary>Forgets the events that were sent.</summary>
    public void Sent() => _start = _ready == _end ? _ready = _end = 0 : _ready;

    public void Dispose()
    {
        byte[] bytes = Interlocked.Exchange(ref _bytes, []);
        if (bytes.Length > 0) ArrayPool<byte>.Shared.Return(bytes);
    }

    /// <summary>Takes what the client has not asked for out of the event that is read; how many bytes it is shorter.</summary>
    private int Hide(UsageField? field)
    {
        if (field is not { } found || shown is UsageShown.All or UsageShown.NoExtraEvent) return 0;
        Span<byte> bytes = _bytes.AsSpan(0, _end);
        if (shown == UsageShown.AtEnd)
        {
            "null"u8.CopyTo(bytes[(_ready + found.Value)..]);
            return Remove(_ready + found.Value + 4, found.End - found.Value - 4);
        }

        int start = _ready + bytes.Slice(_ready, found.Start).TrimEnd(" \t"u8).Length;
        int end = _ready + found.End;
        if (bytes[start - 1] == ',') start--;
        else if (bytes[end..].IndexOf((byte)',') is var comma and >= 0 && bytes.Slice(end, comma).Trim(" \t"u8).IsEmpty) end += comma + 1;
        return Remove(start, end - start);
    }

    private int Remove(int start, int length)
    {
        _bytes.AsSpan(start + length, _end - start - length).CopyTo(_bytes.AsSpan(start));
        _end -= length;
        return length;
    }
}

/// <summary>What a client gets to see of the tokens that a replica reports.</summary>
internal enum UsageShown
{
    /// <summary>Whatever there is.</summary>
    All,

    /// <summary>Whatever there is but the event at the end.</summary>
    NoExtraEvent,

    /// <summary>The event at the end; in all others it is null.</summary>
    AtEnd,

    /// <summary>Nothing: neither the event at the end nor fields of others.</summary>
    Nothing,
}
