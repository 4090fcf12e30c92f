using Trireme.Inference.Generation;

namespace Trireme.Inference.Caching;

/// <summary>
/// The latest changes of the prefix cache in a ring of fixed size: who reads too late finds a gap and starts over. Written by the
/// engine's thread without allocating, read by any.
/// </summary>
internal sealed class KvEventLog(int capacity, int blockSize) : IKvEventLog
{
    private readonly Lock _lock = new();
    private readonly Entry[] _entries = new Entry[capacity];
    private readonly int[] _tokens = new int[capacity * blockSize];
    private TaskCompletionSource? _news;
    private long _next;

    public string StreamId { get; } = Guid.NewGuid().ToString("N");

    public int BlockSize => blockSize;

    public void AddStored(BlockHash hash, BlockHash? parent, ReadOnlySpan<int> tokens, string? adapter = null)
    {
        lock (_lock)
        {
            tokens.CopyTo(_tokens.AsSpan((int)(_next % capacity) * blockSize, blockSize));
            Add(new Entry(KvEventKind.BlockStored, hash, parent, adapter));
        }
    }

    public void AddRemoved(BlockHash hash)
    {
        lock (_lock) Add(new Entry(KvEventKind.BlockRemoved, hash, Parent: null));
    }

    public void AddCleared()
    {
        lock (_lock) Add(new Entry(KvEventKind.AllBlocksCleared, Hash: default, Parent: null));
    }

    /// <summary>Wakes those who wait for what was added; called once per step rather than once per event.</summary>
    public void Publish()
    {
        TaskCompletionSource? news;
        lock (_lock)
        {
            news = _news;
            _news = null;
        }

        news?.SetResult();
    }

    public KvEventPage Read(long from, int limit)
    {
        lock (_lock)
        {
            long first = Math.Max(0, _next - capacity);
            // A number of the future was given by another engine, whose cache no longer exists.
            bool hasGap = from < first || from > _next;
            long start = hasGap ? first : from;
            var events = new KvEvent[(int)Math.Min(Math.Max(limit, 0), _next - start)];
            for (int i = 0; i < events.Length; i++) events[i] = Describe(start + i);
            return new KvEventPage(StreamId, hasGap, start, start + events.Length, events);
        }
    }

    public async Task WaitAsync(long from, CancellationToken cancellationToken)
    {
        Task news;
        lock (_lock)
        {
            if (from != _next) return;
            news = (_news ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }

        await news.WaitAsync(cancellationToken);
    }

    private void Add(in Entry entry)
    {
        _entries[_next % capacity] = entry;
        _next++;
    }

    private KvEvent Describe(long number)
    {
        int slot = (int)(number % capacity);
        Entry entry = _entries[slot];
        return entry.Kind switch
        {
            KvEventKind.BlockStored => new KvEvent(number, entry.Kind, entry.Hash.ToString(), entry.Parent?.ToString())
            {
                TokenIds = _tokens.AsSpan(slot * blockSize, blockSize).ToArray(),
                Adapter = entry.Adapter,
            },
            KvEventKind.BlockRemoved => new KvEvent(number, entry.Kind, entry.Hash.ToString(), ParentBlockHash: null),
            _ => new KvEvent(number, entry.Kind, BlockHash: null, ParentBlockHash: null),
        };
    }

    private readonly record struct Entry(KvEventKind Kind, BlockHash Hash, BlockHash? Parent, string? Adapter = null);
}
