namespace Trireme.Inference.Generation;

/// <summary>A text of one or more documents with fixed texts around and between them.</summary>
public sealed record ConstraintItems
{
    /// <summary>Lets the text be anything until these characters are in it, and again after the tail; null for no such freedom.</summary>
    public string? Trigger { get; init; }

    /// <summary>Before the first item.</summary>
    public string Lead { get; init; } = "";

    /// <summary>What an item may be; at least one.</summary>
    public required IReadOnlyList<ConstraintItem> Items { get; init; }

    /// <summary>Between items.</summary>
    public string Separator { get; init; } = "";

    /// <summary>After the last item.</summary>
    public string Tail { get; init; } = "";

    /// <summary>Most items; at least one.</summary>
    public int CountMax { get; init; } = 1;
}

/// <summary>A document of a schema between two texts.</summary>
/// <param name="Before">The text before it.</param>
/// <param name="Schema">The JSON schema.</param>
/// <param name="After">The text after it.</param>
/// <param name="Name">What errors about the schema call it.</param>
public sealed record ConstraintItem(string Before, string Schema, string After, string Name);
