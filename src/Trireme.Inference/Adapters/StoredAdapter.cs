using System.Globalization;
using Trireme.Inference.Formats;

namespace Trireme.Inference.Adapters;

/// <summary>
/// A LoRA adapter (Hu et al. 2021) as it lies on disk in PEFT's layout: a folder with adapter_config.json and
/// adapter_model.safetensors. Every tensor is checked against the configuration and the base model. Owns the mapped file.
/// </summary>
internal sealed class StoredAdapter : IDisposable
{
    public const string ConfigFile = "adapter_config.json";
    private const string WeightsFile = "adapter_model.safetensors";
    private const string PickledFile = "adapter_model.bin";
    private const string Prefix = "base_model.model.";
    private const string LayersPrefix = "model.layers.";
    private const string FirstFactor = ".lora_A.weight";
    private const string SecondFactor = ".lora_B.weight";
    private const string Remedy = "Check that the adapter was made for this model.";

    private readonly ModelConfig _model;
    private readonly AdapterConfig _config;
    private readonly SafetensorsSet _tensors;
    private readonly IReadOnlyList<BaseModule> _modules;
    private readonly IReadOnlyList<AdapterPair>[] _layers;

    private StoredAdapter(ModelConfig model, AdapterConfig config, SafetensorsSet tensors)
    {
        _model = model;
        _config = config;
        _tensors = tensors;
        _modules = BaseModule.Of(model);
        _layers = new IReadOnlyList<AdapterPair>[model.LayerCount];
    }

    /// <summary>The pairs of factors of each layer, in the order of the base model's modules.</summary>
    public IReadOnlyList<IReadOnlyList<AdapterPair>> Layers => _layers;

    /// <summary>The largest rank of a module.</summary>
    public int Rank { get; private set; }

    /// <summary>Opens a folder for a base model. Throws <see cref="ModelFormatException"/>.</summary>
    public static StoredAdapter Open(string folder, ModelConfig model)
    {
        var config = AdapterConfig.Load(Path.Combine(folder, ConfigFile));
        string weights = Path.Combine(folder, WeightsFile);
        if (!File.Exists(weights) && File.Exists(Path.Combine(folder, PickledFile)))
        {
            throw new ModelFormatException(
                PickledFile, "it is a pickled file, which is not read.", $"Save the adapter anew as {WeightsFile}.");
        }

        var adapter = new StoredAdapter(model, config, SafetensorsSet.OpenFile(weights));
        try
        {
            adapter.CheckTargets();
            adapter.RefuseUnknown();
            for (int layer = 0; layer < model.LayerCount; layer++) adapter._layers[layer] = adapter.ReadLayer(layer);
            if (adapter.Rank == 0) throw Refuse("it changes no module of this model.");
            return adapter;
        }
        catch
        {
            adapter.Dispose();
            throw;
        }
    }

    public void Dispose() => _tensors.Dispose();

    /// <summary>A name in the list that means nothing here would be left out without a word.</summary>
    private void CheckTargets()
    {
        foreach (string name in _config.Targets?.Names ?? [])
        {
            if (_modules.Any(module => ModulePatterns.IsNamed(AdapterConfig.NameOf(0, module), WithoutLayer(name)))) continue;
            string problem = name is "lm_head" or "embed_tokens" || name.EndsWith(".embed_tokens", StringComparison.Ordinal)
                ? "adapters of embeddings and of the output are not run"
                : $"this model's layers have {string.Join(", ", _modules.Select(module => module.Name))}";
            throw new ModelFormatException(ConfigFile, $"key 'target_modules' names '{name}'; {problem}.", Remedy);
        }
    }

    /// <summary>A name from the root on as that of the first layer's module, unless there is no such layer.</summary>
    private string WithoutLayer(string name)
    {
        if (!TrySplit(name, out int layer, out string module) || layer >= _model.LayerCount) return name;
        return $"{LayersPrefix}0.{module}";
    }

    private void RefuseUnknown()
    {
        foreach (ModelTensor tensor in _tensors.Tensors)
        {
            string name = tensor.Name;
            if (!name.StartsWith(Prefix, StringComparison.Ordinal))
            {
                throw Refuse($"tensor '{name}' does not begin with '{Prefix}', as PEFT's names do.");
            }

            bool isFactor = name.EndsWith(FirstFactor, StringComparison.Ordinal) || name.EndsWith(SecondFactor, StringComparison.Ordinal);
            if (!isFactor) throw Refuse($"tensor '{name}' {Describe(name)}.");
            // A factor's name may share its dot with the prefix, and then names nothing.
            int end = name.Length - FirstFactor.Length;
            string path = end > Prefix.Length ? name[Prefix.Length..end] : "";
            bool isKnown = TrySplit(path, out int layer, out string module)
                && layer < _model.LayerCount
                && _modules.Any(known => known.Name == module && path == AdapterConfig.NameOf(layer, known));
            if (!isKnown) throw Refuse($"tensor '{name}' belongs to no linear module of this model's {_model.LayerCount} layers.");
        }
    }

    private static string Describe(string name)
    {
        if (name.Contains("lora_magnitude_vector", StringComparison.Ordinal)) return "belongs to DoRA, which is not run";
        if (name.Contains("lora_embedding_", StringComparison.Ordinal)) return "adapts an embedding, which is not run";
        return $"ends neither in {FirstFactor} nor in {SecondFactor}; other kinds of adapters are not run";
    }

    private List<AdapterPair> ReadLayer(int layer)
    {
        var pairs = new List<AdapterPair>();
        foreach (BaseModule module in _modules)
        {
            string name = AdapterConfig.NameOf(layer, module);
            bool hasFirst = _tensors.TryGet(Prefix + name + FirstFactor, out ModelTensor? first);
            bool hasSecond = _tensors.TryGet(Prefix + name + SecondFactor, out ModelTensor? second);
            if (!_config.Adapts(layer, module))
            {
                if (hasFirst || hasSecond)
                {
                    throw Refuse($"tensor '{(first ?? second)!.Name}' is there, but {ConfigFile} does not name its module.");
                }

                continue;
            }

            if (first is null) throw Refuse($"tensor '{Prefix}{name}{FirstFactor}' is missing.");
            if (second is null) throw Refuse($"tensor '{Prefix}{name}{SecondFactor}' is missing.");
            int rank = _config.RankOf(name);
            CheckShape(first, rank, [rank, module.Inputs]);
            CheckShape(second, rank, [module.Outputs, rank]);
            Rank = Math.Max(Rank, rank);
            pairs.Add(new AdapterPair(module, rank, _config.ScaleOf(name), first, second));
        }

        return pairs;
    }

    private static void CheckShape(ModelTensor tensor, int rank, int[] wanted)
    {
        if (tensor.Shape.SequenceEqual(wanted)) return;
        throw Refuse(
            $"tensor '{tensor.Name}' has shape [{string.Join(", ", tensor.Shape)}]; the base model and rank {rank} in {ConfigFile} ask for "
            + $"[{string.Join(", ", wanted)}].");
    }

    private static bool TrySplit(string name, out int layer, out string module)
    {
        layer = -1;
        module = "";
        if (!name.StartsWith(LayersPrefix, StringComparison.Ordinal)) return false;
        int dot = name.IndexOf('.', LayersPrefix.Length);
        if (dot < 0) return false;
        module = name[(dot + 1)..];
        return int.TryParse(name.AsSpan(LayersPrefix.Length..dot), NumberStyles.None, CultureInfo.InvariantCulture, out layer);
    }

    private static ModelFormatException Refuse(string problem) => new(WeightsFile, problem, Remedy);
}

/// <summary>The two factors of one module's update: scale x second x first is added to its weights.</summary>
/// <param name="Module">What it changes.</param>
/// <param name="Rank">Rows of the first factor, columns of the second.</param>
/// <param name="Scale">What the product is multiplied by.</param>
/// <param name="First">lora_A: rank x inputs.</param>
/// <param name="Second">lora_B: outputs x rank.</param>
internal sealed record AdapterPair(BaseModule Module, int Rank, float Scale, ModelTensor First, ModelTensor Second);
