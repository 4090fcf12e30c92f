namespace Trireme.Inference.Generation;

/// <summary>
/// The latest changes of a prefix cache, numbered from 0 without a hole, in the vocabulary of vLLM's key-value events. A router that
/// follows them knows which replica holds which prompt's blocks.
/// </summary>
public interface IKvEventLog
{
    /// <summary>Differs for each start of an engine; numbers of different streams have nothing to do with each other.</summary>
    string StreamId { get; }

    /// <summary>Tokens per block.</summary>
    int BlockSize { get; }

    /// <summary>At most <paramref name="limit"/> events from number <paramref name="from"/> on.</summary>
    KvEventPage Read(long from, int limit);

    /// <summary>Completes when there is an event with this number, or when the number cannot be the next one.</summary>
    Task WaitAsync(long from, CancellationToken cancellationToken);
}

/// <summary>What happened to blocks.</summary>
public enum KvEventKind
{
    /// <summary>A full block can be found from now on.</summary>
    BlockStored,

    /// <summary>A block was evicted.</summary>
    BlockRemoved,

    /// <summary>All blocks were forgotten.</summary>
    AllBlocksCleared,
}

/// <summary>One change.</summary>
/// <param name="Number">Its place in the stream.</param>
/// <param name="Kind">What happened.</param>
/// <param name="BlockHash">SHA-256 in hexadecimal over the parent's hash and the block's tokens; null when all blocks are meant.</param>
/// <param name="ParentBlockHash">The block before it; null for the first of a prompt, whose hash depends on the salt.</param>
public sealed record KvEvent(long Number, KvEventKind Kind, string? BlockHash, string? ParentBlockHash)
{
    /// <summary>The tokens of a stored block.</summary>
    public IReadOnlyList<int> TokenIds { get; init; } = [];

    /// <summary>Name of the adapter that computed a stored block; null for the model alone.</summary>
    public string? Adapter { get; init; }
}

/// <summary>A stretch of a stream.</summary>
/// <param name="StreamId">The stream it is from.</param>
/// <param name="HasGap">Events before it are lost: the reader forgets all it knows of this engine before it takes these.</param>
/// <param name="From">Number of the first event.</param>
/// <param name="Next">Number to go on from.</param>
/// <param name="Events">In order.</param>
public sealed record KvEventPage(string StreamId, bool HasGap, long From, long Next, IReadOnlyList<KvEvent> Events);
