using Trireme.Inference.Caching;
using Trireme.Inference.Generation;

namespace Trireme.Inference.Engine;

/// <summary>What a loaded model occupies, as far as the engine's loop decides about it. Used by the engine's thread only.</summary>
internal interface IEngineMemory
{
    /// <summary>Blocks of keys and values.</summary>
    int BlockCount { get; }

    void Copy(BlockCopy copy);

    /// <summary>Gives memory back. Nothing is computed or copied until <see cref="Restore"/>.</summary>
    void Release(SleepLevel level);

    /// <summary>Takes back all that was released, without what was in the blocks. Safe to call again after it failed.</summary>
    void Restore();
}
