using Trireme.Inference.Caching;
using Trireme.Inference.Engine;
using Trireme.Inference.Generation;

namespace Trireme.Inference.Speculation;

/// <summary>The memory of a model and of the one that drafts for it, whose blocks live and move together.</summary>
internal sealed class PairedMemory(IEngineMemory model, IEngineMemory draft, ModelDrafter drafter) : IEngineMemory
{
    public int BlockCount => model.BlockCount;

    public void Copy(BlockCopy copy)
    {
        model.Copy(copy);
        drafter.Invalidate(copy.Target);
        draft.Copy(copy);
    }

    public void Release(SleepLevel level)
    {
        drafter.InvalidateAll();
        draft.Release(level);
        model.Release(level);
    }

    public void Restore()
    {
        model.Restore();
        draft.Restore();
    }
}
