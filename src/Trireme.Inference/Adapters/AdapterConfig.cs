using System.Globalization;
using Trireme.Inference.Formats;

namespace Trireme.Inference.Adapters;

/// <summary>Which modules an adapter changes, by which rank and how strongly: what PEFT's adapter_config.json says.</summary>
internal sealed class AdapterConfig
{
    /// <summary>Null for all linear modules of the layers.</summary>
    public required ModulePatterns? Targets { get; init; }

    public required ModulePatterns? Excluded { get; init; }

    /// <summary>Empty for all layers.</summary>
    public required IReadOnlySet<int> Layers { get; init; }

    /// <summary>r.</summary>
    public required int Rank { get; init; }

    /// <summary>Ranks of modules that have their own; the first that matches holds.</summary>
    public required IReadOnlyList<(ModulePatterns Modules, int Rank)> RankPatterns { get; init; }

    /// <summary>lora_alpha.</summary>
    public required double Alpha { get; init; }

    public required IReadOnlyList<(ModulePatterns Modules, double Alpha)> AlphaPatterns { get; init; }

    /// <summary>Divides alpha by the root of the rank rather than by the rank (Kalajdzievski 2023).</summary>
    public required bool IsRankStabilized { get; init; }

    /// <summary>A module's name as PEFT's patterns see it.</summary>
    public static string NameOf(int layer, BaseModule module) =>
        string.Create(CultureInfo.InvariantCulture, $"model.layers.{layer}.{module.Name}");

    /// <summary>Whether the adapter changes a module.</summary>
    public bool Adapts(int layer, BaseModule module)
    {
        string name = NameOf(layer, module);
        if (Excluded is not null && Excluded.Match(name)) return false;
        return (Layers.Count == 0 || Layers.Contains(layer)) && (Targets is null || Targets.Match(name));
    }

    public int RankOf(string module)
    {
        foreach ((ModulePatterns modules, int rank) in RankPatterns)
        {
            if (modules.Match(module)) return rank;
        }

        return Rank;
    }

    /// <summary>What the product of the two factors is multiplied by.</summary>
    public float ScaleOf(string module)
    {
        double alpha = Alpha;
        foreach ((ModulePatterns modules, double own) in AlphaPatterns)
        {
            if (!modules.Match(module)) continue;
            alpha = own;
            break;
        }

        int rank = RankOf(module);
        return (float)(IsRankStabilized ? alpha / Math.Sqrt(rank) : alpha / rank);
    }

    /// <summary>Reads and checks a file. Throws <see cref="ModelFormatException"/>.</summary>
    public static AdapterConfig Load(string path) => AdapterConfigReader.Read(JsonSection.ReadFile(path, AdapterConfigReader.FileBytesMax));
}
