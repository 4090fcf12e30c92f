using System.CommandLine;
using Trireme.Contracts.Validation;

namespace Trireme.Commands;

/// <summary>What was probably meant by a command that is not there.</summary>
internal static class UnknownCommand
{
    /// <summary>What people know from kubectl, which works on the same objects; the commands here do not repeat it.</summary>
    private static readonly string[] OfKubectl =
    [
        "annotate", "api-resources", "api-versions", "auth", "autoscale", "cp", "create", "edit", "events", "exec", "explain", "label",
        "patch", "port-forward", "replace", "scale", "set", "top", "wait",
    ];

    /// <summary>Words of other programs for what has another name here.</summary>
    private static readonly Dictionary<string, string> Elsewhere = new()
    {
        ["start"] = "up", ["run"] = "up", ["serve"] = "up", ["list"] = "get", ["ls"] = "get", ["ps"] = "get", ["login"] = "dashboard",
        ["bench"] = "load", ["diff"] = "plan",
    };

    public static string Explain(Command command, string word)
    {
        string problem = $"there is no command \"{word}\"";
        string[] known = [.. command.Subcommands.Where(sub => !sub.Hidden).Select(sub => sub.Name)];
        if (command is RootCommand root && Known(root, word) is { } meant) return $"{problem}; {meant}";
        return NearestName.Find(word, known) is { } nearest
            ? $"{problem}; did you mean {nearest}?"
            : $"{problem}; known commands: {string.Join(", ", known)}";
    }

    private static string? Known(RootCommand root, string word)
    {
        if (OfKubectl.Contains(word))
        {
            return $"\"kubectl {word}\" works on the same objects with the kubeconfig that \"trireme up\" prints; "
                + "\"trireme apply -f FILE\" changes them from a file";
        }

        if (Elsewhere.TryGetValue(word, out string? other)) return $"did you mean {other}?";
        IEnumerable<Command> groups = root.Subcommands.Where(group => group.Subcommands.Any(sub => sub.Name == word));
        string[] homes = [.. groups.Select(group => $"{group.Name} {word}")];
        return homes.Length == 0 ? null : $"did you mean {string.Join(" or ", homes)}?";
    }
}
