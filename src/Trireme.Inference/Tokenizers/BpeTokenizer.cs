#pragma warning disable CA1822
using System.Diagnostics;

namespace Trireme.Inference.Tokenizers;

/// <summary>Byte-level byte-pair encoding.</summary>
public sealed class BpeTokenizer : ITokenizer
{
    public int VocabularySize => throw new UnreachableException();

    public int? BeginOfSequence => throw new UnreachableException();

    public IReadOnlySet<int> EndOfSequence => throw new UnreachableException();

    public int[] Encode(string text, bool addSpecial = true, bool parseSpecial = true) => throw new UnreachableException();

    public string Decode(ReadOnlySpan<int> ids, bool skipSpecial = true) => throw new UnreachableException();

    public ReadOnlySpan<byte> TokenBytes(int id) => throw new UnreachableException();

    public bool IsSpecial(int id) => throw new UnreachableException();
}
