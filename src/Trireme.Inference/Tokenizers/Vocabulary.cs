using System.Collections;
using System.Text;

namespace Trireme.Inference.Tokenizers;

/// <summary>A model's tokens with their spellings in UTF-8, found by id and by spelling.</summary>
internal sealed class Vocabulary
{
    private readonly ByteStrings _spellings;
    private readonly BitArray _isText;
    private readonly SlotTable _slots;

    /// <param name="spellings">One per id; empty for ids that the model has no token for.</param>
    /// <param name="isText">
    /// Whether text may become a token, which is then found by its spelling. Of tokens spelled alike the last is found.
    /// </param>
    public Vocabulary(ByteStrings spellings, Predicate<int> isText)
    {
        _spellings = spellings;
        _isText = new BitArray(spellings.Count);
        int count = 0;
        for (int id = 0; id < spellings.Count; id++)
        {
            _isText[id] = isText(id);
            if (_isText[id]) count++;
        }

        _slots = new SlotTable(count, spellings.Count);
        for (int id = 0; id < spellings.Count; id++)
        {
            if (!_isText[id]) continue;
            _ = IsFound(spellings[id], out SlotTable.Search search);
            _slots.Set(search, id);
        }
    }

    /// <summary>Ids run from 0 to this number, exclusive.</summary>
    public int Count => _spellings.Count;

    /// <summary>Whether text may become the token.</summary>
    public bool IsText(int id) => id < _isText.Count && _isText[id];

    public ReadOnlySpan<byte> Spelling(int id) => _spellings[id];

    /// <summary>The token that text may become and that is spelled so.</summary>
    public bool TryGetId(ReadOnlySpan<byte> spelling, out int id)
    {
        bool found = IsFound(spelling, out SlotTable.Search search);
        id = search.Number;
        return found;
    }

    public bool TryGetId(string spelling, out int id) => TryGetId(Encoding.UTF8.GetBytes(spelling), out id);

    private bool IsFound(ReadOnlySpan<byte> spelling, out SlotTable.Search search)
    {
        search = _slots.Find(SlotTable.HashOf(spelling));
        while (search.MoveNext())
        {
            if (_spellings[search.Number].SequenceEqual(spelling)) return true;
        }

        return false;
    }
}
