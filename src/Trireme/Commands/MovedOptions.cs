using System.CommandLine;
using Trireme.Contracts.Serialization;

namespace Trireme.Commands;

/// <summary>Options that a command has and that stand before its name, where they are nobody's, with the line that was meant.</summary>
internal sealed class MovedOptions
{
    private readonly HashSet<string> _moved = [];
    private readonly string _line;

    /// <param name="known">Options of the command.</param>
    /// <param name="unknown">Arguments that are no option where they stand.</param>
    /// <param name="arguments">The whole command line.</param>
    public MovedOptions(IEnumerable<Option> known, IReadOnlyCollection<string> unknown, IReadOnlyList<string> arguments)
    {
        var named = new Dictionary<string, Option>();
        foreach (Option option in known)
        {
            foreach (string name in option.Aliases.Append(option.Name)) named[name] = option;
        }

        List<string> front = [], back = [];
        for (int i = 0; i < arguments.Count; i++)
        {
            string argument = arguments[i];
            if (!unknown.Contains(argument) || !named.TryGetValue(UsageErrors.NameOf(argument), out Option? option))
            {
                front.Add(argument);
                continue;
            }

            _moved.Add(argument);
            back.Add(argument);
            bool takesNext = option.ValueType != typeof(bool) && UsageErrors.NameOf(argument) == argument;
            if (takesNext && i + 1 < arguments.Count) back.Add(arguments[++i]);
        }

        // What stands behind "--" is words.
        int end = front.IndexOf("--");
        front.InsertRange(end < 0 ? front.Count : end, back);
        _line = string.Join(' ', front.Select(ShellWord.Of));
    }

    /// <summary>Where an option belongs; null for one that the command does not have.</summary>
    public string? Hint(string argument) => _moved.Contains(argument)
        ? $"{UsageErrors.NameOf(argument)} belongs behind the command: trireme {_line}"
        : null;
}
