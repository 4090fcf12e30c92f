using System.Text.Json.Nodes;

namespace Trireme.ApiServer.Resources;

/// <summary>What selectors look at: an object's labels and the value of any field by its path.</summary>
internal sealed class Selectable
{
    private readonly JsonObject _document;
    private readonly Dictionary<string, string> _labels = [];

    public Selectable(JsonObject document)
    {
        _document = document;
        if (document["metadata"] is not JsonObject metadata || metadata["labels"] is not JsonObject labels) return;
        foreach ((string name, JsonNode? value) in labels) _labels[name] = value?.ToString() ?? "";
    }

    public IReadOnlyDictionary<string, string> Labels => _labels;

    /// <summary>Value of a field such as involvedObject.name; empty when it is absent.</summary>
    public string Field(string path)
    {
        JsonNode? current = _document;
        foreach (string part in path.Split('.')) current = (current as JsonObject)?[part];
        return current?.ToString() ?? "";
    }
}
