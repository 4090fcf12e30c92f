using System.Text;
using Trireme.Inference.Tokenizers;

namespace Trireme.Inference.Tests.Engine;

/// <summary>Token i is the i-th letter from 'a' on; the last token ends an answer.</summary>
internal sealed class AlphabetTokenizer(int vocabularySize) : ITokenizer
{
    private readonly byte[][] _letters =
        [.. Enumerable.Range(0, vocabularySize - 1).Select(i => Encoding.UTF8.GetBytes($"{(char)('a' + i)}"))];

    public int VocabularySize => vocabularySize;

    public int? BeginOfSequence => null;

    public IReadOnlySet<int> EndOfSequence { get; } = new HashSet<int> { vocabularySize - 1 };

    public int[] Encode(string text, bool addSpecial = true, bool parseSpecial = true) => [.. text.Select(letter => letter - 'a')];

    public string Decode(ReadOnlySpan<int> ids, bool skipSpecial = true)
    {
        var text = new StringBuilder();
        foreach (int id in ids) text.Append(Encoding.UTF8.GetString(TokenBytes(id)));
        return text.ToString();
    }

    public ReadOnlySpan<byte> TokenBytes(int id) => IsSpecial(id) ? [] : _letters[id];

    public bool IsSpecial(int id) => id == vocabularySize - 1;
}
