using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace Trireme.ApiServer.CustomKinds.Schemas;

/// <summary>
/// A pattern of a definition. It is matched without going back, so that its time grows with the text times the size of the pattern, and
/// with nothing else.
/// </summary>
internal sealed class SchemaPattern
{
    /// <summary>Largest pattern, with its repetitions written out: what Go's own bound on repetitions amounts to.</summary>
    public const int MaxSize = 1000;

    private readonly Lazy<Regex> _regex;

    private SchemaPattern(string text, string translated, int size)
    {
        Text = text;
        Size = size;
        _regex = new Lazy<Regex>(() => Compile(translated));
    }

    /// <summary>As the definition says it, in Go's syntax.</summary>
    public string Text { get; }

    /// <summary>Elements of the pattern with its repetitions written out.</summary>
    public int Size { get; }

    public bool IsMatch(string text) => _regex.Value.IsMatch(text);

    /// <summary>Reads a pattern that was taken before; null for one that is none.</summary>
    public static SchemaPattern? Read(string text)
    {
        try
        {
            string translated = GoPattern.Translate(text, out int size);
            return size > MaxSize ? null : new SchemaPattern(text, translated, size);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>Reads a pattern; false, with the reason, for one that this server cannot match as a cluster would.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out SchemaPattern? pattern, out string fault)
    {
        pattern = null;
        fault = "";
        try
        {
            string translated = GoPattern.Translate(text, out int size);
            if (size > MaxSize)
            {
                fault = $"it has {size} elements with its repetitions written out, and {MaxSize} are the most";
                return false;
            }

            Compile(translated);
            pattern = new SchemaPattern(text, translated, size);
            return true;
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException or NotSupportedException)
        {
            fault = exception.Message;
            return false;
        }
    }

    private static Regex Compile(string translated) => new(translated, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
}
