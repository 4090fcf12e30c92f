using System.Buffers;
using Trireme.Gateway.Accounting;

namespace Trireme.Gateway.Forwarding;

/// <summary>
/// Holds what a replica has streamed and the client has not got yet, cut into complete events. Half an event is kept back until
/// the rest arrives, so that a stream that breaks is cut between two events, where a client can still read the error that follows.
/// </summary>
internal sealed class EventBuffer(int maxEventBytes, bool dropUsage) : IDisposable
{
    private const int InitialBytes = 16 * 1024;

    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(Math.Min(InitialBytes, maxEventBytes));
    private int _start;
    private int _ready;
    private int _end;
    private int _searched;

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
            FinishReason ??= read.FinishReason;
            Failed |= read.IsError;
            EndsHolding |= read.EndsHolding;
            Usage = read.Usage ?? Usage;
            if (read.HasContent) contentEvents++;
            if (read.IsDone && !Finished && !Failed) EndedUnfinished = true;
            else if (read.IsUsageOnly && dropUsage) Drop(length);
            else _ready += length;
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

    private void Drop(int length)
    {
        _bytes.AsSpan(_ready + length, _end - _ready - length).CopyTo(_bytes.AsSpan(_ready));
        _end -= length;
    }
}
