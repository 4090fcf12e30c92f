using Trireme.Inference.Caching;
using Trireme.Inference.Kernels;

namespace Trireme.Inference.Adapters;

/// <summary>
/// An adapter in memory of its own, so that its folder may change or go. Factors of bfloat16 stay what they are, others are held in
/// single precision.
/// </summary>
internal sealed class LoraAdapter : IDisposable
{
    private readonly AdapterMemory _memory;

    private LoraAdapter(string name, int rank, AdapterMemory memory)
    {
        Name = name;
        Rank = rank;
        _memory = memory;
    }

    public string Name { get; }

    /// <summary>The largest rank of a module.</summary>
    public int Rank { get; }

    public IReadOnlyList<AdapterLayer> Layers => _memory.Layers;

    public long ByteLength => _memory.ByteLength;

    /// <summary>A digest of all that decides what the adapter computes: adapters with the same one are the same.</summary>
    public BlockHash Identity => _memory.Identity;

    /// <summary>Memory that an adapter will take.</summary>
    public static long BytesOf(StoredAdapter stored)
    {
        using var measure = new AdapterMemory(stored);
        return measure.ByteLength;
    }

    public static LoraAdapter Load(string name, StoredAdapter stored)
    {
        var memory = new AdapterMemory(stored);
        try
        {
            memory.Fill();
            return new LoraAdapter(name, stored.Rank, memory);
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    public void Dispose() => _memory.Dispose();
}

/// <summary>What an adapter adds to one layer.</summary>
internal sealed class AdapterLayer
{
    private readonly WeightMatrix?[] _shrink = new WeightMatrix?[Enum.GetValues<ProjectionInput>().Length];
    private readonly (ExpandMatrix? Matrix, int FirstRank)[] _expand =
        new (ExpandMatrix? Matrix, int FirstRank)[Enum.GetValues<Projection>().Length];

    /// <summary>The first factors of all projections that share an input, below each other; null where none is adapted.</summary>
    public WeightMatrix? Shrink(ProjectionInput input) => _shrink[(int)input];

    /// <summary>A projection's second factor, and where its inputs begin among the outputs of the shared first ones.</summary>
    public (ExpandMatrix? Matrix, int FirstRank) Expand(Projection projection) => _expand[(int)projection];

    public void Set(ProjectionInput input, WeightMatrix shrink) => _shrink[(int)input] = shrink;

    public void Set(Projection projection, ExpandMatrix expand, int firstRank) => _expand[(int)projection] = (expand, firstRank);
}
