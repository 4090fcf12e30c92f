using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.Releases;

/// <summary>One thing that two releases do not share.</summary>
/// <param name="Part">What it belongs to.</param>
/// <param name="Item">A file, a field or an adapter.</param>
/// <param name="From">What it is in the first; null where the first has none.</param>
/// <param name="To">What it is in the second; null where the second has none.</param>
internal sealed record ReleaseChange(ReleasePart Part, string Item, string? From, string? To)
{
    /// <summary>False for words, which start no rollout.</summary>
    public bool IsContent => Part != ReleasePart.Words;
}

/// <summary>Compares what two verified releases pin, part by part.</summary>
internal static class ReleaseDiff
{
    /// <summary>Deeper than any field of an engine.</summary>
    private const int DepthMax = 8;

    public static IReadOnlyList<ReleaseChange> Of(Release first, Release second)
    {
        Dictionary<(ReleasePart, string), string> from = Content(first), to = Content(second);
        return
        [
            .. from.Keys.Union(to.Keys)
                .Select(key => new ReleaseChange(key.Item1, key.Item2, from.GetValueOrDefault(key), to.GetValueOrDefault(key)))
                .Where(static change => change.From != change.To)
                .OrderBy(static change => change.Part)
                .ThenBy(static change => change.Item, StringComparer.Ordinal),
        ];
    }

    /// <summary>Everything a release pins, and its words, by what it is called.</summary>
    private static Dictionary<(ReleasePart, string), string> Content(Release release)
    {
        var content = new Dictionary<(ReleasePart, string), string>();
        ReleaseSpec spec = release.Spec;
        ReleaseStatus? status = release.Status;
        content[(ReleasePart.Source, "spec.source.path")] = spec.Source.Path;
        foreach (ArtifactPin file in status?.Artifacts ?? []) content[(ReleaseParts.Of(file.File), file.File)] = file.Digest;
        foreach (SourceStatus source in status?.Sources ?? [])
        {
            if (source.Revision is { } revision) content[(ReleasePart.Source, $"revision of {source.Address}")] = revision;
        }

        if (spec.ChatTemplate is { } template) content[(ReleasePart.ChatTemplate, "spec.chatTemplate.path")] = template.Path;
        if (status?.ChatTemplate is { } found) content[(ReleasePart.ChatTemplate, "the file of spec.chatTemplate")] = found.Digest;
        Flatten("spec.engine", JsonSerializer.SerializeToNode(spec.Engine, ResourceJson.Options), ReleasePart.Engine, content, depth: 0);
        foreach (ArtifactPin file in status?.DraftModel?.Artifacts ?? []) content[(ReleasePart.DraftModel, file.File)] = file.Digest;
        foreach (AdapterSpec adapter in spec.Adapters ?? []) content[(ReleasePart.Adapters, $"{adapter.Name}: path")] = adapter.Source.Path;
        foreach (AdapterStatus adapter in status?.Adapters ?? [])
        {
            foreach (ArtifactPin file in adapter.Artifacts) content[(ReleasePart.Adapters, $"{adapter.Name}: {file.File}")] = file.Digest;
        }

        if (spec.Description is { } description) content[(ReleasePart.Words, "spec.description")] = description;
        if (spec.PullSecret is { } secret) content[(ReleasePart.Words, "spec.pullSecret")] = secret;
        foreach ((string name, string value) in release.Metadata.Labels ?? new Dictionary<string, string>())
        {
            content[(ReleasePart.Words, $"label {name}")] = value;
        }

        return content;
    }

    private static void Flatten(
        string field, JsonNode? node, ReleasePart part, Dictionary<(ReleasePart, string), string> content, int depth)
    {
        if (node is JsonObject members && depth < DepthMax)
        {
            foreach ((string name, JsonNode? value) in members) Flatten($"{field}.{name}", value, part, content, depth + 1);
        }
        else if (node is not null)
        {
            content[(part, field)] = node.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : node.ToJsonString();
        }
    }
}
