using System.Globalization;
using Trireme.Inference.Engine;
using Trireme.Inference.Formats;
using Trireme.Inference.Generation;

namespace Trireme.Inference.Adapters;

/// <summary>
/// The adapters of one engine and the memory kept for them. Files are read on the caller's thread, so that no step waits for a disk;
/// the engine's thread meets an adapter only through requests that name it, and the end of the last of them gives its memory back.
/// </summary>
internal sealed class AdapterStore : IAdapterSet, IDisposable
{
    private const int NameLengthMax = 256;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, ServedAdapter> _served = new(StringComparer.Ordinal);
    private readonly HashSet<string> _loading = new(StringComparer.Ordinal);
    private readonly ModelConfig _model;
    private readonly string _modelName;
    private readonly LoraOptions _options;
    private readonly AdapterMetrics _metrics;
    private readonly TimeProvider _time;
    private long _usedBytes;
    private bool _isAsleep;

    public AdapterStore(ModelConfig model, string modelName, LoraOptions options, AdapterMetrics metrics, TimeProvider time)
    {
        _model = model;
        _modelName = modelName;
        _options = options;
        _metrics = metrics;
        _time = time;
        BytesMax = BytesFor(options, model);
        _metrics.Update([]);
    }

    /// <summary>Memory kept for adapters.</summary>
    public long BytesMax { get; }

    /// <summary>Memory taken by adapters, also by those that wait for their last requests.</summary>
    public long UsedBytes
    {
        get
        {
            lock (_lock) return _usedBytes;
        }
    }

    public IReadOnlyList<AdapterDescription> List
    {
        get
        {
            lock (_lock)
            {
                return [.. _served.Values.Select(adapter => adapter.Description).OrderBy(entry => entry.Name, StringComparer.Ordinal)];
            }
        }
    }

    public static long BytesFor(LoraOptions options, ModelConfig model) =>
        options.MemoryBytes ?? options.MaxAdapters * BaseModule.AdapterBytes(model, options.MaxRank);

    public AdapterDescription? Find(string name)
    {
        lock (_lock) return _served.TryGetValue(name, out ServedAdapter? adapter) ? adapter.Description : null;
    }

    public Task<AdapterResult> LoadAsync(string name, string path, bool replace, CancellationToken cancellationToken) =>
        Task.Run(() => Load(name, path, replace), CancellationToken.None).WaitAsync(cancellationToken);

    public AdapterResult Load(string name, string path, bool replace)
    {
        if (FindNameProblem(name) is { } invalid) return invalid;
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal))
        {
            return Refuse(AdapterError.InvalidFiles, "The path of an adapter must be that of its folder.");
        }

        try
        {
            path = Path.GetFullPath(path);
            using var stored = StoredAdapter.Open(path, _model);
            if (stored.Rank > _options.MaxRank)
            {
                return Refuse(
                    AdapterError.InvalidFiles,
                    $"The adapter's rank is {stored.Rank} and the largest here {_options.MaxRank}. Start with a larger --max-lora-rank.");
            }

            long bytes = LoraAdapter.BytesOf(stored);
            return Reserve(name, bytes, replace) ?? Add(name, path, stored);
        }
        catch (ModelFormatException exception)
        {
            bool isThere = File.Exists(Path.Combine(path, StoredAdapter.ConfigFile));
            return Refuse(isThere ? AdapterError.InvalidFiles : AdapterError.MissingFiles, exception.Message);
        }
        catch (OutOfMemoryException)
        {
            return Refuse(AdapterError.NoRoom, "The machine has not enough memory left for the adapter. Unload another one first.");
        }
    }

    public async Task<AdapterResult> UnloadAsync(string name, CancellationToken cancellationToken)
    {
        ServedAdapter? adapter;
        lock (_lock)
        {
            if (!_served.Remove(name, out adapter)) return Refuse(AdapterError.NotFound, $"There is no adapter '{name}'.");
            Retire(adapter);
        }

        await adapter.Freed.WaitAsync(cancellationToken);
        return new AdapterResult(adapter.Description, Error: null, Message: null);
    }

    /// <summary>Takes an adapter for the answers of one request, each of which then ends it; or says why not.</summary>
    public SubmitResult? Take(string name, int answers, out ServedAdapter? adapter)
    {
        lock (_lock)
        {
            if (!_served.TryGetValue(name, out adapter))
            {
                return RequestRules.Refuse(SubmitError.UnknownAdapter, $"There is no adapter '{name}'; load it first.");
            }

            if (!adapter.IsResident)
            {
                return RequestRules.Refuse(SubmitError.Asleep, "The engine sleeps; wake it first, or send the request to another one.");
            }

            adapter.Waiting += answers;
            if (adapter.Waiting == answers) _metrics.Update(_served.Values);
            return null;
        }
    }

    public void Start(ServedAdapter adapter)
    {
        lock (_lock)
        {
            adapter.Waiting--;
            adapter.Running++;
            if (adapter.Waiting == 0 || adapter.Running == 1) _metrics.Update(_served.Values);
        }
    }

    public void End(ServedAdapter adapter, bool hasStarted)
    {
        lock (_lock)
        {
            int left = hasStarted ? --adapter.Running : --adapter.Waiting;
            if (left > 0) return;
            _metrics.Update(_served.Values);
            if (adapter is { IsRetired: true, Waiting: 0, Running: 0 }) Free(adapter);
        }
    }

    /// <summary>Gives all memory back while the engine sleeps without weights; its thread calls this when no request computes.</summary>
    public void Release()
    {
        lock (_lock)
        {
            _isAsleep = true;
            foreach (ServedAdapter adapter in _served.Values) FreeWeights(adapter);
        }
    }

    /// <summary>
    /// Reads again what <see cref="Release"/> gave back. An adapter whose files are gone or others than before fails: it must be put
    /// back, or unloaded, before the engine can wake. Safe to call again after it failed.
    /// </summary>
    public void Restore()
    {
        lock (_lock)
        {
            foreach (ServedAdapter adapter in _served.Values)
            {
                if (!adapter.IsResident) ReadAgain(adapter);
            }

            _isAsleep = false;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (ServedAdapter adapter in _served.Values) Retire(adapter);
            _served.Clear();
        }
    }

    private AdapterResult? FindNameProblem(string name)
    {
        if (name.Length is 0 or > NameLengthMax || name.Contains(',', StringComparison.Ordinal) || name.Any(char.IsControl))
        {
            return Refuse(
                AdapterError.InvalidName,
                $"The name of an adapter must have 1 to {NameLengthMax} characters without commas and control characters.");
        }

        return name == _modelName ? Refuse(AdapterError.NameTaken, $"'{name}' is the name of the model itself; choose another one.") : null;
    }

    /// <summary>Keeps a name and memory for an adapter that is about to be read, or says why it has none.</summary>
    private AdapterResult? Reserve(string name, long bytes, bool replace)
    {
        lock (_lock)
        {
            if (_isAsleep) return Asleep();
            bool isKnown = _served.ContainsKey(name);
            if (_loading.Contains(name) || (isKnown && !replace))
            {
                return Refuse(
                    AdapterError.NameTaken, $"The adapter '{name}' has already been loaded. Unload it first, or set load_inplace to true.");
            }

            // One that is being replaced is loaded already.
            int count = _served.Count + _loading.Count(loading => !_served.ContainsKey(loading));
            if (!isKnown && count >= _options.MaxAdapters)
            {
                return Refuse(
                    AdapterError.NoRoom,
                    $"{count} adapters are loaded and the most is {_options.MaxAdapters}. "
                    + $"Unload one first, or start with a larger {OptionNames.MaxAdapters}.");
            }

            _loading.Add(name);
            // A former one gives its memory back when its last request ends; until then the two together may take more than is kept.
            long given = _loading.Sum(loading => _served.TryGetValue(loading, out ServedAdapter? former) ? former.ResidentBytes : 0);
            if (bytes > BytesMax - (_usedBytes - given))
            {
                _loading.Remove(name);
                return Refuse(AdapterError.NoRoom, TooLarge(bytes));
            }

            _usedBytes += bytes;
            return null;
        }
    }

    private AdapterResult Add(string name, string path, StoredAdapter stored)
    {
        LoraAdapter? weights = null;
        try
        {
            weights = LoraAdapter.Load(name, stored);
        }
        finally
        {
            if (weights is null) Cancel(name, LoraAdapter.BytesOf(stored));
        }

        lock (_lock)
        {
            _loading.Remove(name);
            if (_isAsleep)
            {
                _usedBytes -= weights.ByteLength;
                weights.Dispose();
                return Asleep();
            }

            if (_served.Remove(name, out ServedAdapter? former)) Retire(former);
            var description = new AdapterDescription(name, path, weights.Rank, weights.ByteLength, _time.GetUtcNow());
            _served.Add(name, new ServedAdapter(this, description, weights));
            return new AdapterResult(description, Error: null, Message: null);
        }
    }

    private void Cancel(string name, long bytes)
    {
        lock (_lock)
        {
            _loading.Remove(name);
            _usedBytes -= bytes;
        }
    }

    private void ReadAgain(ServedAdapter adapter)
    {
        AdapterDescription description = adapter.Description;
        using var stored = StoredAdapter.Open(description.Path, _model);
        LoraAdapter weights = LoraAdapter.Load(description.Name, stored);
        if (weights.Identity != adapter.Weights.Identity)
        {
            weights.Dispose();
            throw new ModelFormatException(
                description.Path,
                $"the adapter '{description.Name}' is not the one that was loaded from there.",
                "Put its files back, or unload it, wake the engine and load it anew.");
        }

        adapter.Weights = weights;
        adapter.IsResident = true;
        _usedBytes += weights.ByteLength;
    }

    private void Retire(ServedAdapter adapter)
    {
        adapter.IsRetired = true;
        if (adapter.Waiting + adapter.Running == 0) Free(adapter);
    }

    private void Free(ServedAdapter adapter)
    {
        FreeWeights(adapter);
        adapter.SignalFreed();
    }

    private void FreeWeights(ServedAdapter adapter)
    {
        if (!adapter.IsResident) return;
        adapter.IsResident = false;
        _usedBytes -= adapter.Weights.ByteLength;
        adapter.Weights.Dispose();
    }

    private string TooLarge(long bytes) =>
        $"The adapter needs {Show(bytes)}; of {Show(BytesMax)} kept for adapters {Show(_usedBytes)} are taken. Unload another one first, "
        + $"or start with a larger {OptionNames.AdapterMemory}.";

    private static string Show(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0.000} MiB");

    private static AdapterResult Asleep() =>
        Refuse(AdapterError.Asleep, "The engine sleeps without its weights; wake it before loading an adapter.");

    private static AdapterResult Refuse(AdapterError error, string message) => new(Adapter: null, error, message);
}
