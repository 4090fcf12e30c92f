using System.CommandLine;
using System.CommandLine.Parsing;

namespace Trireme.Commands;

/// <summary>
/// Values that are there and empty, as a shell's variable that is not set leaves them. Taken for a value, one would name a folder, begin a
/// conversation or label a key with nothing, which nobody asks for.
/// </summary>
internal static class EmptyValues
{
    /// <summary>Those of which nothing is a value: no selector selects all, and a model can be given no system message.</summary>
    private static readonly string[] MayBeEmpty = ["--selector", "--system"];

    /// <summary>A sentence for each, but for those that have an error of their own.</summary>
    public static IEnumerable<string> Of(ParseResult parsed)
    {
        foreach (SymbolResult result in parsed.CommandResult.Children)
        {
            string? name = result switch
            {
                OptionResult { Option: var option } when !MayBeEmpty.Contains(option.Name) => option.Name,
                ArgumentResult { Argument: var argument } => argument.HelpName ?? argument.Name,
                _ => null,
            };
            bool isEmpty = result.Tokens.Count > 0 && result.Tokens.All(static token => string.IsNullOrWhiteSpace(token.Value));
            if (name is not null && isEmpty && !result.Errors.Any()) yield return $"{name}: the value is empty";
        }
    }
}
