namespace Trireme.Inference.Tokenizers;

/// <summary>Turns text into token ids and back.</summary>
public interface ITokenizer
{
    /// <summary>Ids run from 0 to this number, exclusive.</summary>
    int VocabularySize { get; }

    int? BeginOfSequence { get; }

    /// <summary>Ids that end an answer.</summary>
    IReadOnlySet<int> EndOfSequence { get; }

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

    /// <summary>Decodes ids; bytes that are no valid UTF-8 become U+FFFD.</summary>
    string Decode(ReadOnlySpan<int> ids, bool skipSpecial = true);

    /// <summary>The raw bytes one id stands for; empty for special tokens.</summary>
    ReadOnlySpan<byte> TokenBytes(int id);

    bool IsSpecial(int id);
}
