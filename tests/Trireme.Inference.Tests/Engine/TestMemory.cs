using Trireme.Inference.Caching;
using Trireme.Inference.Engine;
using Trireme.Inference.Generation;

namespace Trireme.Inference.Tests.Engine;

/// <summary>Memory of a model that needs none, or a real cache; notes what is asked of it.</summary>
internal sealed class TestMemory(int blocks, KvCache? cache = null) : IEngineMemory
{
    public int BlockCount => blocks;

    public List<BlockCopy> Copies { get; } = [];

    public List<SleepLevel> Released { get; } = [];

    public int Restored { get; private set; }

    /// <summary>Thrown by the next attempt to restore.</summary>
    public Exception? NextFailure { get; set; }

    public void Copy(BlockCopy copy)
    {
        Copies.Add(copy);
        cache?.Copy(copy);
    }

    public void Release(SleepLevel level)
    {
        Released.Add(level);
        cache?.Release();
    }

    public void Restore()
    {
        if (NextFailure is { } failure)
        {
            NextFailure = null;
            throw failure;
        }

        Restored++;
        cache?.Restore();
    }
}
