using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;

namespace Trireme.Commands;

/// <summary>
/// Says in this program's words what the parser says in its own, which name neither what was meant nor what to do. What validators of this
/// program say stays.
/// </summary>
internal static partial class ParserWords
{
    private const string Unmatched = "Unrecognized command or argument";
    private const string NoCommand = "Required command was not provided";
    private const string CannotParse = "Cannot parse argument";
    private const string Missing = "Required argument missing";

    /// <summary>True for an error that only follows from a word that is in the way.</summary>
    public static bool IsOfStrayWord(ParseError error) => Begins(error, Unmatched) || Begins(error, NoCommand);

    public static string Replace(Command command, ParseError error)
    {
        if (Begins(error, NoCommand)) return $"name a command: {string.Join(", ", command.Subcommands.Select(sub => sub.Name))}";
        if (RequiredOption().Match(error.Message) is { Success: true } lacking) return OfRequired(command, lacking.Groups["name"].Value);
        if (SeveralValues().IsMatch(error.Message) && OptionOf(error) is { } several) return OfSeveral(several);
        if (StandsAlone().Match(error.Message) is { Success: true } alone) return $"{alone.Groups["name"].Value} stands alone";
        if (Begins(error, Missing)) return OfMissing(error);
        return Begins(error, CannotParse) ? OfUnreadable(error) : error.Message;
    }

    private static string OfRequired(Command command, string name) =>
        $"{name} is missing: {UsageErrors.Options(command).FirstOrDefault(option => option.Name == name)?.Description}";

    private static string OfSeveral(OptionResult option)
    {
        IEnumerable<string> values = option.Tokens.Select(token => $"\"{token.Value}\"");
        return $"{option.Option.Name}: takes one value, and {string.Join(" and ", values)} are given";
    }

    private static string OfMissing(ParseError error)
    {
        if (OptionOf(error) is { } option) return $"{option.Option.Name}: the value is missing";
        return error.SymbolResult is ArgumentResult { Argument: var argument }
            ? $"{argument.HelpName ?? argument.Name} is missing: {argument.Description}"
            : error.Message;
    }

    private static string OfUnreadable(ParseError error)
    {
        if (OptionOf(error) is { } option) return $"{option.Option.Name}: {NotOfType(option.Option.ValueType, option.Tokens)}";
        return error.SymbolResult is ArgumentResult { Argument: var argument } result
            ? $"{argument.HelpName ?? argument.Name}: {NotOfType(argument.ValueType, result.Tokens)}"
            : error.Message;
    }

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

    /// <summary>The option that an error is about, which the parser may tell by its value.</summary>
    private static OptionResult? OptionOf(ParseError error) =>
        error.SymbolResult as OptionResult ?? (error.SymbolResult as ArgumentResult)?.Parent as OptionResult;

    private static bool Begins(ParseError error, string words) => error.Message.StartsWith(words, StringComparison.Ordinal);

    [GeneratedRegex(@"^Option '(?<name>[^']+)' is required\.$", RegexOptions.ExplicitCapture)]
    private static partial Regex RequiredOption();

    [GeneratedRegex(@"^Option '[^']+' expects a single argument but \d+ were provided\.$")]
    private static partial Regex SeveralValues();

    [GeneratedRegex(@"^(?<name>--\w+) option cannot be combined with other arguments\.$", RegexOptions.ExplicitCapture)]
    private static partial Regex StandsAlone();
}
