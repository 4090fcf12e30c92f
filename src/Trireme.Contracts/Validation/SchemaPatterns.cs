using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace Trireme.Contracts.Validation;

/// <summary>
/// Matches texts with the patterns of the schemas, each in time that grows with the text alone. A timeout instead would turn a moment
/// without processor time into a refused write.
/// </summary>
internal static class SchemaPatterns
{
    private static readonly ConcurrentDictionary<string, Regex> Known = new(StringComparer.Ordinal);

    /// <param name="text">Any text.</param>
    /// <param name="pattern">A pattern of a served definition, of which there is a fixed number.</param>
    public static bool IsMatch(string text, string pattern) => Known.GetOrAdd(pattern, static created => new Regex(
        created, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant)).IsMatch(text);
}
