using Trireme.Contracts.Resources;

namespace Trireme.Contracts.Engines;

/// <summary>A kind of engine and every option it takes.</summary>
public sealed record EngineDefinition
{
    /// <summary>Value of spec.engine.name.</summary>
    public required string Name { get; init; }

    /// <summary>What it runs, as errors say it: "language models".</summary>
    public required string Serves { get; init; }

    /// <summary>Whether it answers chat completions.</summary>
    public bool Chats { get; init; }

    /// <summary>What a folder must hold for it, as errors say it; null for one that reads GGUF files as well as folders.</summary>
    public string? OnlyReads { get; init; }

    /// <summary>Options that a release sets, in the order of the arguments.</summary>
    public required IReadOnlyList<EngineOption> Options { get; init; }

    /// <summary>Options that whoever runs it sets.</summary>
    public required IReadOnlyList<LocalOption> LocalOptions { get; init; }

    /// <summary>The arguments that a release's settings become.</summary>
    public IReadOnlyList<string> Arguments(EngineSetup setup) => [.. Options.SelectMany(option => option.Arguments(setup))];

    /// <summary>Why the engine cannot read a model of this kind, and what to do; null if it can.</summary>
    public string? CannotRead(ModelSource source)
    {
        if (OnlyReads is null || !source.IsFile) return null;
        string readers = string.Join(" or ", EngineCatalog.All.Where(engine => engine.OnlyReads is null).Select(engine => engine.Name));
        return $"{Name} cannot read the GGUF file that spec.source.path names; use the engine {readers}, or name {OnlyReads}";
    }

    /// <summary>
    /// The part of a release to remove because this engine takes none of it: the whole section where it takes nothing there, so that one
    /// error says it, else the field.
    /// </summary>
    internal string Refused(string field)
    {
        while (Parent(field) is { } parent && !Options.Any(option => option.Field.StartsWith(parent + ".", StringComparison.Ordinal)))
        {
            field = parent;
        }

        return field;
    }

    private static string? Parent(string field) => field.LastIndexOf('.') is > 0 and var dot ? field[..dot] : null;
}
