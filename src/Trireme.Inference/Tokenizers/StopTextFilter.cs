#pragma warning disable CA1822
using System.Diagnostics;

namespace Trireme.Inference.Tokenizers;

/// <summary>Ends an answer at the first stop text and never shows the start of one. Not thread-safe: one per answer.</summary>
public sealed class StopTextFilter(IReadOnlyList<string> stops)
{
    /// <summary>The stop text that ended the answer; null while it runs.</summary>
    public string? Matched => throw new UnreachableException(stops.ToString());

    /// <summary>Adds text; after Stopped nothing more is visible.</summary>
    public StopTextResult Append(string text) => throw new UnreachableException();

    /// <summary>The text held back when the answer ends without a stop text.</summary>
    public string Flush() => throw new UnreachableException();
}

/// <summary>Text that may be shown now, and whether a stop text ended the answer.</summary>
public readonly record struct StopTextResult(string Visible, bool Stopped);
