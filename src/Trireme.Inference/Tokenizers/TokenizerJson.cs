#pragma warning disable CA1822
using System.Diagnostics;

namespace Trireme.Inference.Tokenizers;

/// <summary>Reads tokenizer.json.</summary>
public static class TokenizerJson
{
    public static BpeTokenizer Load(string path, int? beginOfSequence = null, params IReadOnlyList<int> endOfSequence) =>
        throw new UnreachableException();
}
