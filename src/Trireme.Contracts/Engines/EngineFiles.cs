using Trireme.Contracts.Resources;

namespace Trireme.Contracts.Engines;

/// <summary>Paths of everything an engine reads.</summary>
public sealed record EngineFiles
{
    /// <summary>Folder or single file of the model.</summary>
    public required string Model { get; init; }

    /// <summary>The same of the model that drafts; null without one.</summary>
    public string? DraftModel { get; init; }

    /// <summary>The Jinja file that replaces the model's own template; null without one.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>Folders of LoRA adapters, in the release's order.</summary>
    public IReadOnlyList<AdapterFolder> Adapters { get; init; } = [];

    /// <summary>Every path, or address, each once.</summary>
    public IEnumerable<string> Locations() =>
        new[] { Model, DraftModel, ChatTemplate }.OfType<string>().Concat(Adapters.Select(adapter => adapter.Path)).Distinct();

    /// <summary>The same files elsewhere.</summary>
    public EngineFiles At(Func<string, string> locate) => new()
    {
        Model = locate(Model),
        DraftModel = DraftModel is null ? null : locate(DraftModel),
        ChatTemplate = ChatTemplate is null ? null : locate(ChatTemplate),
        Adapters = [.. Adapters.Select(adapter => adapter with { Path = locate(adapter.Path) })],
    };

    /// <summary>The paths, or addresses, as a release names them.</summary>
    public static EngineFiles Of(ReleaseSpec spec) => new()
    {
        Model = spec.Source.Path,
        DraftModel = spec.Engine.Speculation?.DraftModel,
        ChatTemplate = spec.ChatTemplate?.Path,
        Adapters = [.. (spec.Adapters ?? []).Select(adapter => new AdapterFolder(adapter.Name, adapter.Source.Path))],
    };

    /// <summary>The paths where whoever runs a replica sees its sources.</summary>
    public static EngineFiles Of(ModelReplicaSpec spec, Func<ArtifactSource, string> locate) => new()
    {
        Model = locate(spec.Model),
        DraftModel = spec.DraftModel is { } draft ? locate(draft) : null,
        ChatTemplate = spec.ChatTemplate is { } template ? locate(template) : null,
        Adapters = [.. (spec.Adapters ?? []).Select(adapter => new AdapterFolder(adapter.Name, locate(adapter.Source)))],
    };
}

/// <summary>A LoRA adapter's folder and the name clients call it by.</summary>
public sealed record AdapterFolder(string Name, string Path);
