using System.CommandLine;
using System.CommandLine.Parsing;

namespace Trireme.Commands;

/// <summary>The words that select a command, for hints such as "trireme rollout status --help".</summary>
internal static class CommandPath
{
    /// <summary>Empty for the root; otherwise the names below it, each followed by a space.</summary>
    public static string Of(ParseResult parsed)
    {
        var names = new Stack<string>();
        SymbolResult? result = parsed.CommandResult;
        while (result is CommandResult { Command: not RootCommand } command)
        {
            names.Push(command.Command.Name + " ");
            result = result.Parent;
        }

        return string.Concat(names);
    }

    /// <summary>The command and those above it, up to the root.</summary>
    public static IEnumerable<Command> Upwards(Command command)
    {
        for (Command? one = command; one is not null; one = one.Parents.OfType<Command>().FirstOrDefault()) yield return one;
    }
}
