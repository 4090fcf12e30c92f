using System.Text.RegularExpressions;
using Trireme.Inference.Formats;

namespace Trireme.Inference.Tokenizers;

/// <summary>The patterns by which the models' own tokenizers split text into words, from their published tokenizer.json files.</summary>
internal static partial class WordPatterns
{
    // No clock: none of these takes more than a few steps for a character of a text.
    private const RegexOptions Options = RegexOptions.CultureInvariant;

    /// <summary>GPT-2's, which ByteLevel splits by unless configured otherwise.</summary>
    public const string Gpt2 = @"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    /// <summary>Llama 3's: at most three digits are one word.</summary>
    public const string Llama3 =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>Qwen 2's: every digit is a word.</summary>
    public const string Qwen2 =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>Mistral Nemo's: words also end where a capital follows a small letter.</summary>
    public const string Tekken =
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
        + @"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
        + @"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>Every digit on its own, before <see cref="Gpt2"/>, in StarCoder, SmolLM and relatives.</summary>
    public const string Digit = @"\p{N}";

    /// <summary>Words of a SentencePiece vocabulary: a run of marked spaces and what follows up to the next.</summary>
    public const string Marked = "\u2581+[^\u2581]*|[^\u2581]+";

    /// <summary>What llama.cpp splits by where a file names nothing: punctuation, then GPT-2's words, then threes of digits.</summary>
    public static IReadOnlyList<string> Unnamed { get; } = [@"[\p{P}\$\+<=>\^~\|]+", Gpt2, @"\p{N}+", "[0-9][0-9][0-9]"];

    /// <summary>
    /// What matches an expression: code made when the program is built for those of this list, which spares each start the making, and
    /// made now for others. Throws <see cref="ArgumentException"/> for an expression that is malformed.
    /// </summary>
    public static Regex Matcher(string expression) => expression switch
    {
        Gpt2 => Gpt2Matcher(),
        Llama3 => Llama3Matcher(),
        Qwen2 => Qwen2Matcher(),
        Tekken => TekkenMatcher(),
        Digit => DigitMatcher(),
        Marked => MarkedMatcher(),
        _ => FilePattern.Read(expression),
    };

    [GeneratedRegex(Gpt2, Options)]
    private static partial Regex Gpt2Matcher();

    [GeneratedRegex(Llama3, Options)]
    private static partial Regex Llama3Matcher();

    [GeneratedRegex(Qwen2, Options)]
    private static partial Regex Qwen2Matcher();

    [GeneratedRegex(Tekken, Options)]
    private static partial Regex TekkenMatcher();

    [GeneratedRegex(Digit, Options)]
    private static partial Regex DigitMatcher();

    [GeneratedRegex(Marked, Options)]
    private static partial Regex MarkedMatcher();
}
