using System.Text.Json.Nodes;
using Trireme.ApiServer.Storage;

namespace Trireme.ApiServer.Resources;

/// <summary>What selectors look at: an object's labels and the value of any field by its path.</summary>
internal sealed class Selectable
{
    private readonly StoredObject? _stored;
    private readonly JsonObject? _document;

    public Selectable(StoredObject stored)
    {
        _stored = stored;
        _document = stored.Parsed;
    }

    public Selectable(JsonObject document) => _document = document;

    public IReadOnlyDictionary<string, string> Labels => field ??= ReadLabels();

    /// <summary>Value of a field such as involvedObject, name; empty when it is absent.</summary>
    public string Field(ReadOnlySpan<string> path) =>
        (_document is { } document ? document.Find(path)?.ToString() : ObjectText.Find(_stored!.Json.Span, path)) ?? "";

    private Dictionary<string, string> ReadLabels()
    {
        if (_document is not { } document) return ObjectText.Members(_stored!.Json.Span, "metadata", "labels");
        var labels = new Dictionary<string, string>();
        foreach ((string name, JsonNode? value) in document.Labels() ?? []) labels[name] = value?.ToString() ?? "";
        return labels;
    }
}
