using System.Text.Json;

namespace Trireme.ApiServer.Resources;

/// <summary>What selectors look at: an object's labels and the value of any field by its path.</summary>
internal sealed class Selectable
{
    private readonly JsonElement _root;
    private readonly Dictionary<string, string> _labels = [];

    public Selectable(ReadOnlyMemory<byte> json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        _root = document.RootElement.Clone();
        if (!_root.TryGetProperty("metadata", out JsonElement metadata)) return;
        if (!metadata.TryGetProperty("labels", out JsonElement labels)) return;
        foreach (JsonProperty label in labels.EnumerateObject()) _labels[label.Name] = label.Value.ToString();
    }

    public IReadOnlyDictionary<string, string> Labels => _labels;

    /// <summary>Value of a field such as involvedObject.name; empty when it is absent.</summary>
    public string Field(string path)
    {
        JsonElement current = _root;
        foreach (Range part in path.AsSpan().Split('.'))
        {
            if (current.ValueKind != JsonValueKind.Object || !current.TryGetProperty(path.AsSpan(part), out current)) return "";
        }

        return current.ToString();
    }
}
