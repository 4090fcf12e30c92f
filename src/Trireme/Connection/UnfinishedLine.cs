using System.CommandLine;

namespace Trireme.Connection;

/// <summary>
/// What a line says so far. The parser fills in no default and throws for a value that is missing where a line is not right yet, which
/// none is that a shell completes.
/// </summary>
internal static class UnfinishedLine
{
    /// <summary>The option's value where the line has one, else its default; null where there is none.</summary>
    public static T? ValueOrDefault<T>(this ParseResult parsed, Option<T> option)
    {
        bool isGiven = parsed.GetResult(option) is { Tokens.Count: > 0 } result && !result.Errors.Any();
        if (isGiven) return parsed.GetValue(option);
        return option.HasDefaultValue ? (T?)option.GetDefaultValue() : default;
    }

    /// <summary>The words of an argument; none where the line has none yet.</summary>
    public static string[] Words(this ParseResult parsed, Argument<string[]> argument) =>
        [.. (parsed.GetResult(argument)?.Tokens ?? []).Select(token => token.Value)];
}
