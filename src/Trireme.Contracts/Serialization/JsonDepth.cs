namespace Trireme.Contracts.Serialization;

/// <summary>
/// The bound of every recursive walk over JSON that came from outside. Whatever builds a tree from such data refuses to nest deeper,
/// so a walk that reaches the bound is a fault of the program; it ends in an exception and not in an overflow of the stack.
/// </summary>
public static class JsonDepth
{
    /// <summary>Levels that the framework's readers and writers of JSON take.</summary>
    public const int Max = 64;

    /// <summary>The depth of the members of a value at a depth.</summary>
    /// <exception cref="InvalidOperationException">The tree is deeper than <see cref="Max"/>.</exception>
    public static int Below(int depth) => depth < Max
        ? depth + 1
        : throw new InvalidOperationException($"A tree nested deeper than {Max} levels reached a walk that is bounded by them.");
}
