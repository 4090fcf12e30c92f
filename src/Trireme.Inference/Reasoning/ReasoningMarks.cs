using Trireme.Inference.Tokenizers;

namespace Trireme.Inference.Reasoning;

/// <summary>The tags between which Qwen 3, DeepSeek R1 and models taught by them think. Immutable.</summary>
public sealed class ReasoningMarks
{
    public const string Begin = "<think>";
    public const string End = "</think>";

    /// <summary>A template writes little behind the tag.</summary>
    private const int TailTokens = 12;

    private readonly ITokenizer _tokenizer;

    public ReasoningMarks(ITokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        _tokenizer = tokenizer;
        var tokens = new List<int>();
        foreach (string mark in new[] { Begin, End })
        {
            if (tokenizer.Encode(mark, addSpecial: false) is [int token] && tokenizer.IsSpecial(token)) tokens.Add(token);
        }

        SpecialTokens = tokens;
    }

    /// <summary>The tags that are special tokens: their text must reach whoever tells thinking from the answer.</summary>
    public IReadOnlyList<int> SpecialTokens { get; }

    /// <summary>The prompt ends within thinking, as templates leave it that open it for the model.</summary>
    public bool IsOpenedBy(IReadOnlyList<int> prompt)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        int[] tail = [.. prompt.Skip(prompt.Count - TailTokens)];
        return _tokenizer.Decode(tail, skipSpecial: false).AsSpan().TrimEnd().EndsWith(Begin, StringComparison.Ordinal);
    }
}
