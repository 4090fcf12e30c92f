using System.Text;

namespace Trireme.Training.Tokenization;

/// <summary>A byte-level BPE tokenizer: text to ids and back without loss. Not safe for concurrent use.</summary>
internal sealed class BpeCodec
{
    private readonly IReadOnlyDictionary<string, int> _ids;
    private readonly Dictionary<(string Left, string Right), int> _ranks;
    private readonly string[] _tokens;
    private readonly Dictionary<string, int[]> _words = [];

    /// <param name="ids">Token, in the byte alphabet, to id; ids are 0 to count - 1.</param>
    /// <param name="merges">Pairs to join, the most important first.</param>
    public BpeCodec(IReadOnlyDictionary<string, int> ids, IReadOnlyList<(string Left, string Right)> merges)
    {
        _ids = ids;
        Merges = merges;
        _ranks = merges.Select((pair, rank) => (pair, rank)).ToDictionary(item => item.pair, item => item.rank);
        _tokens = new string[ids.Count];
        foreach ((string token, int id) in ids) _tokens[id] = token;
    }

    /// <summary>Tokens by id, in the byte alphabet.</summary>
    public IReadOnlyList<string> Vocabulary => _tokens;

    public IReadOnlyList<(string Left, string Right)> Merges { get; }

    /// <summary>Ids of a text in which special tokens may appear literally.</summary>
    public int[] Encode(string text)
    {
        var result = new List<int>(text.Length / 3);
        foreach ((string segment, bool special) in WordSplitter.Segments(text))
        {
            if (special)
            {
                result.Add(_ids[segment]);
                continue;
            }

            foreach (string word in WordSplitter.Words(segment)) result.AddRange(EncodeWord(word));
        }

        return [.. result];
    }

    /// <summary>Text of ids. Bytes that are no UTF-8, as in a cut character, become replacement characters.</summary>
    public string Decode(IEnumerable<int> ids)
    {
        var bytes = new List<byte>();
        foreach (int id in ids)
        {
            bool special = SpecialTokens.All.Contains(_tokens[id]);
            bytes.AddRange(special ? Encoding.UTF8.GetBytes(_tokens[id]) : ByteSymbols.ToBytes(_tokens[id]));
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    private int[] EncodeWord(string word)
    {
        if (_words.TryGetValue(word, out int[]? known)) return known;

        List<string> parts = [.. ByteSymbols.FromText(word).Select(letter => letter.ToString())];
        while (LowestRank(parts) is { } pair)
        {
            for (int i = 0; i + 1 < parts.Count; i++)
            {
                if (parts[i] != pair.Left || parts[i + 1] != pair.Right) continue;
                parts[i] += parts[i + 1];
                parts.RemoveAt(i + 1);
            }
        }

        return _words[word] = [.. parts.Select(part => _ids[part])];
    }

    private (string Left, string Right)? LowestRank(List<string> parts)
    {
        int lowest = int.MaxValue;
        for (int i = 1; i < parts.Count; i++)
        {
            if (_ranks.TryGetValue((parts[i - 1], parts[i]), out int rank)) lowest = Math.Min(lowest, rank);
        }

        return lowest == int.MaxValue ? null : Merges[lowest];
    }
}
