using System.CommandLine;
using System.CommandLine.Invocation;
using Trireme.Commands;

namespace Trireme.Output;

/// <summary>Writes the help of a command, at most 80 columns wide.</summary>
internal sealed class HelpPrinter : SynchronousCommandLineAction
{
    private const int Indent = 2;

    /// <summary>A longer name has its description on the next line.</summary>
    private const int NameColumns = 26;

    /// <summary>Switches are off by default, and descriptions say what a path or a format is otherwise.</summary>
    private static readonly HashSet<Type> SaysItself =
        [typeof(bool), typeof(DirectoryInfo), typeof(FileInfo), typeof(FileSystemInfo), typeof(OutputFormat)];

    /// <summary>Who asks for help need not have written the rest of the line right.</summary>
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        Print(parseResult.CommandResult.Command, parseResult.InvocationConfiguration.Output);
        return ExitCode.Success;
    }

    public static void Print(Command command, TextWriter output)
    {
        foreach (string line in TextWrap.Lines(command.Description ?? "", TextWrap.Columns)) output.WriteLine(line);
        output.WriteLine();
        PrintUsage(command, output);
        PrintRows(
            "Arguments", command.Arguments.Select(argument => (NameOf(argument), argument.Description ?? "")), output);
        PrintRows(
            "Options",
            OptionsOf(command).Select(option => (NameOf(option), TextOf(option))),
            output);
        PrintRows(
            "Commands", command.Subcommands.Where(sub => !sub.Hidden).Select(sub => (sub.Name, FirstSentence(sub.Description))), output);
        if (command.Subcommands.Count == 0) return;
        output.WriteLine();
        output.WriteLine($"\"{PathOf(command)} COMMAND --help\" tells more about a command.");
    }

    private static void PrintUsage(Command command, TextWriter output)
    {
        var words = new List<string>();
        if (command.Subcommands.Count > 0) words.Add("COMMAND");
        words.AddRange(command.Options.Where(option => option.Required && !option.Hidden).Select(NameOfRequired));
        words.AddRange(command.Arguments.Select(UsageOf));
        if (command.Options.Any(option => !option.Required && !option.Hidden)) words.Add("[options]");
        string path = PathOf(command);
        IReadOnlyList<string> lines = TextWrap.Lines(string.Join(' ', words), TextWrap.Columns - Indent - path.Length - 1);
        output.WriteLine("Usage:");
        for (int i = 0; i < lines.Count; i++)
        {
            output.WriteLine($"{new string(' ', Indent)}{(i == 0 ? path : new string(' ', path.Length))} {lines[i]}".TrimEnd());
        }
    }

    private static void PrintRows(string title, IEnumerable<(string Name, string Text)> rows, TextWriter output)
    {
        (string Name, string Text)[] all = [.. rows];
        if (all.Length == 0) return;
        int column = Indent + Math.Min(NameColumns, all.Max(row => row.Name.Length)) + 2;
        output.WriteLine();
        output.WriteLine(title + ":");
        foreach ((string name, string text) in all)
        {
            string start = new string(' ', Indent) + name;
            IReadOnlyList<string> lines = text.Length > 0 ? TextWrap.Lines(text, TextWrap.Columns - column) : [""];
            if (start.Length + 2 > column)
            {
                output.WriteLine(start);
                start = "";
            }

            foreach (string line in lines)
            {
                output.WriteLine((start.PadRight(column) + line).TrimEnd());
                start = "";
            }
        }
    }

    /// <summary>Its own options, and those that every command takes, such as help.</summary>
    private static IEnumerable<Option> OptionsOf(Command command) => command.Options
        .Concat(CommandPath.Upwards(command).Skip(1).SelectMany(parent => parent.Options.Where(option => option.Recursive)))
        .Where(option => !option.Hidden);

    private static string PathOf(Command command) =>
        string.Join(' ', CommandPath.Upwards(command).Reverse().Select(one => one is RootCommand ? "trireme" : one.Name));

    private static string UsageOf(Argument argument)
    {
        string name = NameOf(argument);
        string many = argument.Arity.MaximumNumberOfValues > 1 && !name.Contains("...", StringComparison.Ordinal) ? "..." : "";
        return argument.Arity.MinimumNumberOfValues == 0 ? $"[{name}{many}]" : name + many;
    }

    private static string NameOf(Argument argument) => argument.HelpName ?? argument.Name;

    private static string NameOf(Option option)
    {
        IEnumerable<string> names = option.Aliases.Where(alias => alias is not ("/h" or "/?" or "-?")).Append(option.Name);
        string name = string.Join(", ", names.OrderBy(alias => alias.Length));
        return option.ValueType == typeof(bool) || option.HelpName is null ? name : $"{name} {option.HelpName}";
    }

    private static string NameOfRequired(Option option) => $"{option.Name} {option.HelpName}".TrimEnd();

    private static string TextOf(Option option)
    {
        string text = option.Description ?? "";
        if (option.Required) return text + " Required.";
        bool says = option.HasDefaultValue && !SaysItself.Contains(option.ValueType);
        return says && option.GetDefaultValue()?.ToString() is { Length: > 0 } value ? $"{text} [default: {value}]" : text;
    }

    private static string FirstSentence(string? text) => (text ?? "").ReplaceLineEndings("\n").Split("\n\n")[0];
}
