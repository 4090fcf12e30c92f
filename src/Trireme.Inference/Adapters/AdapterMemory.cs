using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Trireme.Inference.Caching;
using Trireme.Inference.Formats;
using Trireme.Inference.Kernels;

namespace Trireme.Inference.Adapters;

/// <summary>One piece of memory for all factors of an adapter, each at the start of a cache line.</summary>
internal sealed unsafe class AdapterMemory : IDisposable
{
    private const int CacheLineBytes = 64;
    private const int HashedBytes = 1 << 20;

    private readonly StoredAdapter _stored;
    private readonly List<AdapterLayer> _layers = [];
    private NativeBuffer? _buffer;
    private long _offset;

    /// <summary>Measures; nothing is allocated before <see cref="Fill"/>.</summary>
    public AdapterMemory(StoredAdapter stored)
    {
        _stored = stored;
        Place();
        ByteLength = _offset;
    }

    public long ByteLength { get; }

    public IReadOnlyList<AdapterLayer> Layers => _layers;

    public BlockHash Identity { get; private set; }

    public static long Aligned(long bytes) => (bytes + CacheLineBytes - 1) / CacheLineBytes * CacheLineBytes;

    /// <summary>Copies the factors from the file.</summary>
    public void Fill()
    {
        _buffer = new NativeBuffer(ByteLength / sizeof(float));
        NativeMemory.Clear(_buffer.Pointer, (nuint)ByteLength);
        _offset = 0;
        Place();
        Identity = Hash();
    }

    public void Dispose() => _buffer?.Dispose();

    private void Place()
    {
        foreach (IReadOnlyList<AdapterPair> pairs in _stored.Layers)
        {
            var layer = new AdapterLayer();
            foreach (ProjectionInput input in Enum.GetValues<ProjectionInput>())
            {
                Place(layer, input, [.. pairs.Where(pair => pair.Module.Input == input)]);
            }

            if (_buffer is not null) _layers.Add(layer);
        }
    }

    private void Place(AdapterLayer layer, ProjectionInput input, AdapterPair[] pairs)
    {
        if (pairs.Length == 0) return;
        int columns = pairs[0].Module.Inputs;
        WeightType type = Array.TrueForAll(pairs, pair => pair.First.Type == TensorType.BF16) ? WeightType.BFloat16 : WeightType.Float32;
        var shrink = new WeightMatrix(data: null, pairs.Sum(pair => pair.Rank), columns, type);
        byte* data = Take(shrink.ByteLength);
        if (data is not null) layer.Set(input, new WeightMatrix(data, shrink.Rows, columns, type));
        int firstRank = 0;
        foreach (AdapterPair pair in pairs)
        {
            if (data is not null) CopyFirst(pair, data, firstRank, type);
            foreach ((Projection projection, int first, int count) in pair.Module.Parts)
            {
                ExpandMatrix expand = PlaceExpand(pair, first, count);
                if (data is not null) layer.Set(projection, expand, firstRank);
            }

            firstRank += pair.Rank;
        }
    }

    private static void CopyFirst(AdapterPair pair, byte* data, int firstRow, WeightType type)
    {
        int columns = pair.Module.Inputs;
        for (int row = 0; row < pair.Rank; row++)
        {
            long start = (long)(firstRow + row) * columns;
            if (type == WeightType.BFloat16)
            {
                pair.First.RowBytes(row).CopyTo(new Span<byte>(data + (start * sizeof(ushort)), columns * sizeof(ushort)));
            }
            else
            {
                TensorRows.Read(pair.First, (long)row * columns, new Span<float>((float*)data + start, columns));
            }
        }
    }

    private ExpandMatrix PlaceExpand(AdapterPair pair, int firstRow, int rows)
    {
        WeightType type = pair.Second.Type == TensorType.BF16 ? WeightType.BFloat16 : WeightType.Float32;
        byte* data = Take(ExpandMatrix.Bytes(rows, pair.Rank, type));
        var expand = new ExpandMatrix(data, rows, pair.Rank, type, pair.Scale);
        if (data is null) return expand;
        Span<float> row = pair.Rank <= 1024 ? stackalloc float[pair.Rank] : new float[pair.Rank];
        for (int i = 0; i < rows; i++)
        {
            TensorRows.Read(pair.Second, (long)(firstRow + i) * pair.Rank, row);
            expand.SetRow(i, row);
        }

        return expand;
    }

    /// <summary>Null while nothing is allocated yet.</summary>
    private byte* Take(long bytes)
    {
        byte* taken = _buffer is null ? null : (byte*)_buffer.Pointer + _offset;
        _offset += Aligned(bytes);
        return taken;
    }

    /// <summary>Over where each factor belongs and how it is scaled, and over the factors.</summary>
    private BlockHash Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> numbers = stackalloc byte[5 * sizeof(int)];
        for (int layer = 0; layer < _stored.Layers.Count; layer++)
        {
            foreach (AdapterPair pair in _stored.Layers[layer])
            {
                BinaryPrimitives.WriteInt32LittleEndian(numbers, layer);
                BinaryPrimitives.WriteInt32LittleEndian(numbers[4..], pair.Rank);
                BinaryPrimitives.WriteSingleLittleEndian(numbers[8..], pair.Scale);
                BinaryPrimitives.WriteInt32LittleEndian(numbers[12..], ((int)pair.First.Type * 256) + (int)pair.Second.Type);
                BinaryPrimitives.WriteInt32LittleEndian(numbers[16..], pair.Module.Name.Length);
                hash.AppendData(numbers);
                hash.AppendData(Encoding.UTF8.GetBytes(pair.Module.Name));
            }
        }

        for (long offset = 0; offset < ByteLength; offset += HashedBytes)
        {
            int count = (int)Math.Min(HashedBytes, ByteLength - offset);
            hash.AppendData(new ReadOnlySpan<byte>((byte*)_buffer!.Pointer + offset, count));
        }

        return BlockHash.Read(hash.GetHashAndReset());
    }
}
