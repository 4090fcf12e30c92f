using System.Diagnostics;

namespace Trireme.Inference.Caching;

/// <summary>Blocks without users, the longest unused first.</summary>
internal sealed class FreeBlockQueue
{
    /// <summary>Stands before the first and after the last block, so that no link is ever null.</summary>
    private readonly KvBlock _ends = new(-1);

    public FreeBlockQueue()
    {
        _ends.Previous = _ends;
        _ends.Next = _ends;
    }

    public int Count { get; private set; }

    public void Enqueue(KvBlock block) => InsertBefore(_ends, block);

    /// <summary>Puts a block before all others: the next one taken.</summary>
    public void EnqueueFirst(KvBlock block) => InsertBefore(_ends.Next!, block);

    public KvBlock Dequeue()
    {
        KvBlock first = _ends.Next!;
        if (first == _ends) throw new InvalidOperationException("A block was asked for when none is free.");
        Remove(first);
        return first;
    }

    public void Remove(KvBlock block)
    {
        Debug.Assert(block.Next is not null && block.Previous is not null, "A block is taken that is not free.");
        block.Previous!.Next = block.Next;
        block.Next!.Previous = block.Previous;
        block.Previous = null;
        block.Next = null;
        Count--;
    }

    private void InsertBefore(KvBlock next, KvBlock block)
    {
        Debug.Assert(block.Next is null && block.Previous is null, "A block is freed twice.");
        KvBlock previous = next.Previous!;
        block.Previous = previous;
        block.Next = next;
        previous.Next = block;
        next.Previous = block;
        Count++;
    }
}
