namespace Trireme.Inference.Tokenizers;

/// <summary>Turns text into token ids and back.</summary>
public interface ITokenizer
{
    /// <summary>Ids run from 0 to this number, exclusive.</summary>
    int VocabularySize { get; }

    int? BeginOfSequence { get; }

    /// <summary>Ids that end an answer.</summary>
    IReadOnlySet<int> EndOfSequence { get; }

    /// <summary>The one of them that the tokenizer calls its end; null where it names none.</summary>
    int? OrdinaryEnd => null;

    /// <summary>
    /// The longest text that one token stands for, in UTF-16 units before normalization: a longer text takes more tokens. Null where a
    /// token may stand for text without end, because characters that the vocabulary lacks become one token or none.
    /// </summary>
    int? LongestText => null;

    /// <summary>
    /// Decoding drops one space at the start of a text, because encoding puts one there. <see cref="TokenBytes"/> keeps it.
    /// </summary>
    bool StripsLeadingSpace => false;

    /// <summary>
    /// Encodes text. Special tokens written in the text, such as those a chat template writes, become their ids when
    /// <paramref name="parseSpecial"/> is set and plain text otherwise; <paramref name="addSpecial"/> adds what the model's
    /// post-processor adds, such as a begin token.
    /// </summary>
    int[] Encode(string text, bool addSpecial = true, bool parseSpecial = true);

    /// <summary>
    /// Encodes a rendered conversation. Control tokens are recognised in the template's own text only: what a client wrote is ordinary
    /// text there, and is otherwise encoded as one text with what stands around it.
    /// </summary>
    int[] Encode(PromptText prompt, bool addSpecial = true)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        // A tokenizer that cannot tell parts from one another recognises nothing.
        return Encode(prompt.Text, addSpecial, parseSpecial: prompt.Spans.Count == 0);
    }

    /// <summary>Decodes ids; bytes that are no valid UTF-8 become U+FFFD.</summary>
    string Decode(ReadOnlySpan<int> ids, bool skipSpecial = true);

    /// <summary>The raw bytes one id stands for; empty for special tokens.</summary>
    ReadOnlySpan<byte> TokenBytes(int id);

    bool IsSpecial(int id);

    /// <summary>One id as the vocabulary spells it, such as "Ġcat" for " cat".</summary>
    string Spelling(int id) => Decode([id], skipSpecial: false);
}
