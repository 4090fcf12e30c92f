namespace Trireme.Inference.Tokenizers;

/// <summary>A token matched as a whole before anything else splits the text.</summary>
internal sealed record AddedToken
{
    public required int Id { get; init; }

    public required string Content { get; init; }

    /// <summary>A control token: clients' text never becomes one unless asked, and answers do not show it.</summary>
    public bool Special { get; init; }

    /// <summary>
    /// Only a template's own text may become it. Every special token is one, and so is any other mark in brackets that does not come in a
    /// pair, such as "&lt;|user|&gt;": some vocabularies mark turns with those, while a pair like "&lt;think&gt;" and "&lt;/think&gt;" is
    /// text.
    /// </summary>
    public bool IsControl { get; init; }

    /// <summary>Matched in normalized text; otherwise in the text as given.</summary>
    public bool Normalized { get; init; }

    /// <summary>No letter, digit or underscore may touch it.</summary>
    public bool SingleWord { get; init; }

    /// <summary>Takes the white space before it.</summary>
    public bool LeftStrip { get; init; }

    /// <summary>Takes the white space after it.</summary>
    public bool RightStrip { get; init; }

    /// <summary>The tokens of a vocabulary, told which of them are control tokens.</summary>
    public static IReadOnlyList<AddedToken> WithControl(IReadOnlyList<AddedToken> tokens)
    {
        HashSet<string> contents = [.. tokens.Select(static token => token.Content)];
        return [.. tokens.Select(token => token with { IsControl = token.Special || IsLoneMark(token.Content.Trim()) })];

        bool IsLoneMark(string text) => text switch
        {
            ['[', .., ']'] or ['<', '|' or '｜', .., '|' or '｜', '>'] => true,
            ['<', '/', .. var name, '>'] => !contents.Contains($"<{name}>"),
            ['<', .. var name, '>'] => !contents.Contains($"</{name}>"),
            _ => false,
        };
    }
}
