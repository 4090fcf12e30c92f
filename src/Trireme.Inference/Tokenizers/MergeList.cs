using System.Buffers;

namespace Trireme.Inference.Tokenizers;

/// <summary>Makes the table of merges that a file lists, of which earlier ones have lower ranks.</summary>
internal sealed class MergeList(Vocabulary vocabulary, int countMax)
{
    private readonly ArrayBufferWriter<byte> _joined = new();
    private int _rank;

    public MergeTable Table { get; } = new(countMax);

    /// <summary>Adds a pair of spellings; false when one of them or their concatenation is no token.</summary>
    public bool TryAdd(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        _joined.ResetWrittenCount();
        _joined.Write(left);
        _joined.Write(right);
        bool known = vocabulary.TryGetId(left, out int leftId);
        known &= vocabulary.TryGetId(right, out int rightId);
        known &= vocabulary.TryGetId(_joined.WrittenSpan, out int merged);
        if (known) Table.Set(leftId, rightId, new Merge(_rank++, merged));
        return known;
    }
}
