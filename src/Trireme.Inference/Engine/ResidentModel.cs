using Trireme.Contracts.Resources;
using Trireme.Inference.Adapters;
using Trireme.Inference.Caching;
using Trireme.Inference.Generation;
using Trireme.Inference.Models;

namespace Trireme.Inference.Engine;

/// <summary>A model as far as it is in memory: all of it, all but keys and values, or nothing.</summary>
internal sealed class ResidentModel : ILanguageModel, IEngineMemory, IDisposable
{
    private readonly KvCache _cache;
    private readonly Func<Action<string>, ModelParts> _reload;
    private readonly TimeProvider _time;
    private readonly AdapterStore? _adapters;
    private readonly string _stagePrefix;
    private ModelParts? _parts;
    private volatile IReadOnlyList<StartupStage> _lastWake = [];

    /// <param name="parts">What a deep sleep drops.</param>
    /// <param name="cache">Keys and values.</param>
    /// <param name="reload">Makes the parts anew and calls with the name of each stage it has passed.</param>
    /// <param name="time">Measures the stages.</param>
    /// <param name="adapters">Dropped and read again with the weights.</param>
    /// <param name="stagePrefix">Begins the names of its stages of waking.</param>
    public ResidentModel(
        ModelParts parts,
        KvCache cache,
        Func<Action<string>, ModelParts> reload,
        TimeProvider time,
        AdapterStore? adapters = null,
        string stagePrefix = "wake-")
    {
        _stagePrefix = stagePrefix;
        _parts = parts;
        _cache = cache;
        _reload = reload;
        _time = time;
        _adapters = adapters;
        VocabularySize = parts.Model.VocabularySize;
        HiddenSize = parts.Model.HiddenSize;
        MaxLogitRows = parts.Model.MaxLogitRows;
    }

    public int VocabularySize { get; }

    public int HiddenSize { get; }

    public int MaxLogitRows { get; }

    public int BlockCount => _cache.BlockCount;

    public long KvCacheBytes => _cache.ByteLength;

    /// <summary>What the last waking took, stage by stage; empty before the first.</summary>
    public IReadOnlyList<StartupStage> LastWake => _lastWake;

    private ILanguageModel Model =>
        _parts?.Model ?? throw new InvalidOperationException("The model was asked for something while its weights are dropped.");

    public void Run(BatchPlan batch) => Model.Run(batch);

    public Span<float> Logits(int firstOutput, int count) => Model.Logits(firstOutput, count);

    public ReadOnlySpan<float> States(int firstOutput, int count) => Model.States(firstOutput, count);

    public void Copy(BlockCopy copy) => _cache.Copy(copy);

    public void Release(SleepLevel level)
    {
        _cache.Release();
        if (level != SleepLevel.DropWeights) return;
        _parts?.Dispose();
        _parts = null;
        _adapters?.Release();
    }

    public void Restore()
    {
        long started = _time.GetTimestamp();
        var stages = new List<StartupStage>();
        _cache.Restore();
        Note("kv-cache");
        _parts ??= _reload(Note);
        if (_adapters is not null)
        {
            _adapters.Restore();
            Note("adapters");
        }

        _lastWake = stages;

        void Note(string stage)
        {
            stages.Add(new StartupStage { Stage = _stagePrefix + stage, Seconds = _time.GetElapsedTime(started).TotalSeconds });
            started = _time.GetTimestamp();
        }
    }

    public void Dispose() => _parts?.Dispose();
}

/// <summary>A model in memory and all that has to be given back with it, in the order it was taken.</summary>
internal sealed class ModelParts(ILanguageModel model, IReadOnlyList<IDisposable> parts) : IDisposable
{
    public ILanguageModel Model { get; } = model;

    public void Dispose()
    {
        for (int i = parts.Count - 1; i >= 0; i--) parts[i].Dispose();
    }
}
