using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using Trireme.Contracts.Validation;

namespace Trireme.Commands;

/// <summary>
/// What is wrong with a command line, with what was probably meant. The parser takes an option it does not know for a word where a
/// command takes words; here that is an error, because a slip of the finger would otherwise change what is asked.
/// </summary>
internal static partial class UsageErrors
{
    /// <param name="parsed">The parsed command line.</param>
    /// <param name="arguments">The same as it was given.</param>
    /// <returns>A sentence per error; empty for a command line that is right, and for one that asks for help.</returns>
    public static IReadOnlyList<string> Of(ParseResult parsed, IReadOnlyList<string> arguments)
    {
        if (parsed.Action is Output.HelpPrinter || parsed.Tokens.Any(token => token.Type == TokenType.Directive)) return [];
        Command command = parsed.CommandResult.Command;
        string? stray = parsed.UnmatchedTokens.Count > 0 ? parsed.UnmatchedTokens[0] : null;
        bool isCommand = stray is not null && command.Subcommands.Count > 0 && !OptionLike().IsMatch(stray);

        // What follows a command that is not there is no error of its own.
        if (isCommand) return [UnknownCommand.Explain(command, stray!)];
        string[] options = [.. UnknownOptions(parsed, arguments)];
        if (options.Length > 0)
        {
            var moved = new MovedOptions(Options(command), options, arguments);
            return [.. options.Select(option => moved.Hint(option) ?? OfOption(command, option))];
        }

        string[] words = stray is null ? [] : [$"\"{stray}\" is one word too many"];
        IEnumerable<string> others = parsed.Errors
            .Where(error => words.Length == 0 || !ParserWords.IsOfStrayWord(error))
            .Select(error => ParserWords.Replace(command, error));
        return [.. words, .. others.Concat(EmptyValues.Of(parsed)).Distinct()];
    }

    /// <summary>Words that look like options, stand before "--" and were taken for words.</summary>
    private static IEnumerable<string> UnknownOptions(ParseResult parsed, IReadOnlyList<string> arguments)
    {
        HashSet<string> taken = [.. parsed.Tokens.Where(token => token.Type == TokenType.Argument).Select(token => token.Value)];
        return arguments.TakeWhile(argument => argument != "--")
            .Where(argument => taken.Contains(argument) && OptionLike().IsMatch(argument))
            .Distinct();
    }

    private static string OfOption(Command command, string argument)
    {
        string name = NameOf(argument);
        IEnumerable<string> known = Options(command).SelectMany(option => option.Aliases.Append(option.Name));
        string problem = $"there is no option {name}";
        if (name.StartsWith("--", StringComparison.Ordinal) && NearestName.Find(name, known.Where(IsLong)) is { } nearest)
        {
            return $"{problem}; did you mean {nearest}?";
        }

        if (name is "-n" or "--namespace" && command.Options.Any(option => option.Name == "--api-key"))
        {
            return $"{problem}; the API key decides the namespace, and \"trireme key create PURPOSE -n NAME\" makes one for --api-key";
        }

        bool takesWords = command.Arguments.Count > 0;
        return takesWords ? $"{problem}; a word that begins with a hyphen goes behind \"--\"" : problem;

        static bool IsLong(string alias) => alias.StartsWith("--", StringComparison.Ordinal);
    }

    /// <summary>The option's name in an argument such as --name=value.</summary>
    internal static string NameOf(string argument) => OptionLike().Match(argument).Groups["name"].Value;

    /// <summary>The options that a line may have behind a command.</summary>
    internal static IEnumerable<Option> Options(Command command) => command.Options
        .Concat(CommandPath.Upwards(command).Skip(1).SelectMany(parent => parent.Options.Where(option => option.Recursive)))
        .Where(option => !option.Hidden);

    [GeneratedRegex(@"^(?<name>--?[A-Za-z][A-Za-z0-9_-]*)(?:[=:].*)?$", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex OptionLike();
}
