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
    private const string Unmatched = "Unrecognized command or argument";
    private const string NoCommand = "Required command was not provided";
    private const string CannotParse = "Cannot parse argument";
    private const string Missing = "Required argument missing";

    /// <param name="parsed">The parsed command line.</param>
    /// <param name="arguments">The same as it was given.</param>
    /// <returns>A sentence per error; empty for a command line that is right, and for one that asks for help.</returns>
    public static IReadOnlyList<string> Of(ParseResult parsed, IReadOnlyList<string> arguments)
    {
        if (parsed.Action is Output.HelpPrinter || parsed.Tokens.Any(token => token.Type == TokenType.Directive)) return [];
        string[] options = [.. UnknownOptions(parsed, arguments)];
        Command command = parsed.CommandResult.Command;
        if (options.Length > 0)
        {
            var moved = new MovedOptions(Options(command), options, arguments);
            return [.. options.Select(option => moved.Hint(option) ?? OfOption(command, option))];
        }

        string[] words = [.. parsed.UnmatchedTokens.Take(1).Select(word => OfWord(command, word))];
        IEnumerable<string> others = parsed.Errors
            .Where(error => words.Length == 0 || !(IsUnmatched(error) || IsMissingCommand(error)))
            .Select(error => OfParser(command, error));
        return [.. words, .. others.Distinct()];
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

    private static string OfWord(Command command, string word)
    {
        if (command.Subcommands.Count == 0) return $"\"{word}\" is one word too many";
        string[] known = [.. command.Subcommands.Where(sub => !sub.Hidden).Select(sub => sub.Name)];
        string hint = NearestName.Find(word, known) is { } nearest
            ? $"did you mean {nearest}?"
            : $"known commands: {string.Join(", ", known)}";
        return $"there is no command \"{word}\"; {hint}";
    }

    private static string OfParser(Command command, ParseError error)
    {
        if (IsMissingCommand(error)) return $"name a command: {string.Join(", ", command.Subcommands.Select(sub => sub.Name))}";
        if (error.Message.StartsWith(Missing, StringComparison.Ordinal)) return OfMissing(error);
        if (RequiredOption().Match(error.Message) is { Success: true } lacking) return OfRequired(command, lacking.Groups["name"].Value);
        if (!error.Message.StartsWith(CannotParse, StringComparison.Ordinal)) return error.Message;
        return error.SymbolResult switch
        {
            OptionResult option => $"{option.Option.Name}: {NotOfType(option.Option.ValueType, option.Tokens)}",
            ArgumentResult argument => $"{argument.Argument.Name}: {NotOfType(argument.Argument.ValueType, argument.Tokens)}",
            _ => error.Message,
        };
    }

    private static string OfRequired(Command command, string name) =>
        $"{name} is missing: {Options(command).FirstOrDefault(option => option.Name == name)?.Description}";

    private static string OfMissing(ParseError error) => error.SymbolResult switch
    {
        OptionResult option => $"{option.Option.Name}: the value is missing",
        ArgumentResult { Parent: OptionResult option } => $"{option.Option.Name}: the value is missing",
        ArgumentResult { Argument: var argument } => $"{argument.HelpName ?? argument.Name} is missing: {argument.Description}",
        _ => error.Message,
    };

    private static string NotOfType(Type type, IReadOnlyList<Token> tokens)
    {
        string given = tokens.Count > 0 ? tokens[^1].Value : "";
        type = Nullable.GetUnderlyingType(type) ?? type;
        string wanted = Type.GetTypeCode(type) switch
        {
            TypeCode.Int32 or TypeCode.Int64 => "a whole number",
            TypeCode.Single or TypeCode.Double => "a number",
            TypeCode.Boolean => "true or false",
            _ => "a value it takes",
        };
        return $"\"{given}\" is not {wanted}";
    }

    private static bool IsUnmatched(ParseError error) => error.Message.StartsWith(Unmatched, StringComparison.Ordinal);

    private static bool IsMissingCommand(ParseError error) => error.Message.StartsWith(NoCommand, StringComparison.Ordinal);

    /// <summary>The option's name in an argument such as --name=value.</summary>
    internal static string NameOf(string argument) => OptionLike().Match(argument).Groups["name"].Value;

    private static IEnumerable<Option> Options(Command command) => command.Options
        .Concat(CommandPath.Upwards(command).Skip(1).SelectMany(parent => parent.Options.Where(option => option.Recursive)))
        .Where(option => !option.Hidden);

    [GeneratedRegex(@"^Option '(?<name>[^']+)' is required\.$", RegexOptions.ExplicitCapture)]
    private static partial Regex RequiredOption();

    [GeneratedRegex(@"^(?<name>--?[A-Za-z][A-Za-z0-9_-]*)(?:[=:].*)?$", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex OptionLike();
}
