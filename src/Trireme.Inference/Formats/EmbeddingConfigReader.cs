using System.Text.Json;
using Trireme.Inference.Formats.Gguf;
using Trireme.Inference.Generation;

namespace Trireme.Inference.Formats;

/// <summary>
/// Reads what sentence-transformers leaves beside a model: modules.json, which lists the steps from text to vector, and the pooling
/// step's config.json; and what vLLM reads of config.json. What asks for another kind of step is kept as a problem, because the model
/// may still generate.
/// </summary>
internal static class EmbeddingConfigReader
{
    private const string ModulesFile = "modules.json";
    private const int ModulesMax = 16;
    private const int DimensionsMax = 1 << 20;

    private static readonly (string Key, PoolingMode? Mode)[] PoolingKeys =
    [
        ("pooling_mode_mean_tokens", PoolingMode.Mean),
        ("pooling_mode_lasttoken", PoolingMode.Last),
        ("pooling_mode_cls_token", PoolingMode.First),
        ("pooling_mode_max_tokens", null),
        ("pooling_mode_mean_sqrt_len_tokens", null),
        ("pooling_mode_weightedmean_tokens", null),
    ];

    public static EmbeddingConfig ReadFolder(string folder)
    {
        var config = new EmbeddingConfig();
        if (StoredModel.OptionalFile(folder, "config.json") is { } model) config = ReadDimensions(config, model);
        string path = Path.Combine(folder, ModulesFile);
        return File.Exists(path) ? ReadModules(config, folder, path) : config;
    }

    /// <summary>llama.cpp's key: 0 none, 1 mean, 2 first token, 3 last token, 4 a ranking head.</summary>
    public static EmbeddingConfig Read(GgufMetadata metadata)
    {
        string key = $"{metadata.RequiredString("general.architecture")}.pooling_type";
        return metadata.OptionalInt(key, 0, 4) switch
        {
            null or 0 or 3 => new EmbeddingConfig(),
            1 => new EmbeddingConfig { Pooling = PoolingMode.Mean },
            2 => new EmbeddingConfig { Pooling = PoolingMode.First },
            _ => new EmbeddingConfig { StepProblem = $"{metadata.File}: '{key}' asks for a ranking head, which is not computed here." },
        };
    }

    private static EmbeddingConfig ReadDimensions(EmbeddingConfig config, JsonSection model)
    {
        const string Key = "matryoshka_dimensions";
        var dimensions = new List<int>();
        foreach (JsonElement value in model.List(Key, ModulesMax * ModulesMax))
        {
            int number = value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int parsed) ? parsed : 0;
            if (number is < 1 or > DimensionsMax) throw model.Problem(Key, $"holds no whole numbers from 1 to {DimensionsMax} alone.");
            dimensions.Add(number);
        }

        return config with
        {
            IsMatryoshka = dimensions.Count > 0 || model.OptionalBool("is_matryoshka") == true,
            MatryoshkaDimensions = dimensions,
        };
    }

    private static EmbeddingConfig ReadModules(EmbeddingConfig config, string folder, string path)
    {
        // The file is a list; under a name it is read by the rules of all other files.
        byte[] list = ModelFile.ReadAllBytes(path, StoredModel.SmallFileBytesMax);
        JsonSection file = JsonSection.Parse((byte[])[.. "{\"modules\":"u8, .. list, .. "}"u8], ModulesFile);
        config = config with { Normalize = false };
        foreach (JsonElement module in file.List("modules", ModulesMax))
        {
            JsonSection entry = file.At("modules", module);
            string type = entry.RequiredString("type");
            switch (type[(type.LastIndexOf('.') + 1)..])
            {
                case "Transformer":
                    break;
                case "Pooling":
                    config = ReadPooling(config, folder, entry);
                    break;
                case "Normalize":
                    config = config with { Normalize = true };
                    break;
                default:
                    config = config with { StepProblem = $"{ModulesFile} names a module {type}; this engine only pools and normalizes." };
                    break;
            }
        }

        return config;
    }

    private static EmbeddingConfig ReadPooling(EmbeddingConfig config, string folder, JsonSection entry)
    {
        string name = entry.OptionalString("path") ?? "";
        if (name.Contains("..", StringComparison.Ordinal) || Path.IsPathRooted(name))
        {
            throw entry.Problem("path", $"is '{name}'; expected a folder inside the model's.");
        }

        string file = Path.Combine(name, "config.json");
        if (StoredModel.OptionalFile(folder, file) is not { } pooling)
        {
            throw entry.Problem("path", $"is '{name}', but there is no {file}.", "Fetch the model again with its subfolders.");
        }

        var wanted = new List<string>();
        foreach ((string key, PoolingMode? mode) in PoolingKeys)
        {
            if (pooling.OptionalBool(key) != true) continue;
            wanted.Add(key);
            config = mode is { } known
                ? config with { Pooling = known }
                : config with { PoolingProblem = $"{file} sets {key}, which is not computed here; choose with --pooling." };
        }

        return wanted.Count == 1
            ? config
            : config with { PoolingProblem = $"{file} sets {wanted.Count} pooling modes, and one is wanted. Choose with --pooling." };
    }
}
