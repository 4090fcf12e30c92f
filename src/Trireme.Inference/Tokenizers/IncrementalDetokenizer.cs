#pragma warning disable CA1822
using System.Diagnostics;

namespace Trireme.Inference.Tokenizers;

/// <summary>Decodes a stream of ids into text that never ends in half a character. Not thread-safe: one per answer.</summary>
public sealed class IncrementalDetokenizer(ITokenizer tokenizer, bool skipSpecial = true)
{
    /// <summary>The text that became complete with this id; empty while a character is unfinished.</summary>
    public string Append(int id) => throw new UnreachableException(tokenizer.ToString() + skipSpecial);

    /// <summary>What is left at the end of the stream, with U+FFFD for an unfinished character.</summary>
    public string Flush() => throw new UnreachableException();
}
