using Trireme.Contracts.Schema;
using Trireme.Contracts.Validation;

namespace Trireme.Connection;

/// <summary>Objects as people name them: "modelservices", "msvc tiny", "msvc/tiny".</summary>
internal sealed record ResourceArgument(ResourceDefinition Definition, string? Name)
{
    /// <summary>Reads "KIND", "KIND NAME..." or "KIND/NAME..."; for KIND several may stand, with commas between them.</summary>
    /// <exception cref="CommandException">The kind is unknown; the message names the nearest known one.</exception>
    public static IReadOnlyList<ResourceArgument> Parse(IReadOnlyList<string> words)
    {
        if (words[0].Contains('/', StringComparison.Ordinal)) return [.. words.Select(Slashed)];
        ResourceDefinition[] kinds = [.. words[0].Split(',').Select(Kind)];
        if (words.Count == 1) return [.. kinds.Select(kind => new ResourceArgument(kind, null))];
        return [.. kinds.SelectMany(kind => words.Skip(1).Select(name => new ResourceArgument(kind, name)))];
    }

    /// <summary>Those of the words that <see cref="Parse"/> takes for names.</summary>
    public static IEnumerable<string> NamesIn(IReadOnlyList<string> words) =>
        words is [var first, ..] && first.Contains('/', StringComparison.Ordinal)
            ? words.Select(word => word[(word.IndexOf('/', StringComparison.Ordinal) + 1)..])
            : words.Skip(1);

    private static ResourceArgument Slashed(string word)
    {
        int slash = word.IndexOf('/', StringComparison.Ordinal);
        if (slash <= 0 || slash == word.Length - 1) throw new CommandException($"\"{word}\" is not of the form KIND/NAME", ExitCode.Usage);
        return new ResourceArgument(Kind(word[..slash]), word[(slash + 1)..]);
    }

    private static ResourceDefinition Kind(string word)
    {
        string name = word.Split('.')[0];
        if (ResourceCatalog.Find(name) is { } definition) return definition;
        IEnumerable<string> known = ResourceCatalog.All.SelectMany(kind => kind.ShortNames.Append(kind.Plural));
        string hint = NearestName.Find(name, known) is { } nearest
            ? $"did you mean {nearest}?"
            : $"known kinds: {string.Join(", ", ResourceCatalog.All.Select(kind => kind.Plural))}";
        throw new CommandException(
            $"there is no kind \"{word}\" here; {hint}\n"
            + "kubectl shows every kind of the API server: eval \"$(./trireme env)\", then kubectl",
            ExitCode.Usage);
    }
}
