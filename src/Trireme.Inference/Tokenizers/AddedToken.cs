namespace Trireme.Inference.Tokenizers;

/// <summary>A token matched as a whole before anything else splits the text.</summary>
internal sealed record AddedToken
{
    public required int Id { get; init; }

    public required string Content { get; init; }

    /// <summary>A control token: clients' text never becomes one unless asked, and answers do not show it.</summary>
    public bool Special { get; init; }

    /// <summary>Matched in normalized text; otherwise in the text as given.</summary>
    public bool Normalized { get; init; }

    /// <summary>No letter, digit or underscore may touch it.</summary>
    public bool SingleWord { get; init; }

    /// <summary>Takes the white space before it.</summary>
    public bool LeftStrip { get; init; }

    /// <summary>Takes the white space after it.</summary>
    public bool RightStrip { get; init; }
}
