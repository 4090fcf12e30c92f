using Trireme.Contracts.Resources;

namespace Trireme.Testing;

/// <summary>Which objects a list or watch is about: a namespace, labels that must or must not be equal, and a name.</summary>
internal sealed class Selection
{
    private readonly string? _namespace;
    private readonly string? _name;
    private readonly List<(string Label, string Value, bool Equal)> _labels = [];

    public Selection(string? @namespace, string? labels, string? fields)
    {
        _namespace = string.IsNullOrEmpty(@namespace) ? null : @namespace;
        foreach (string term in (labels ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            bool equal = !term.Contains("!=", StringComparison.Ordinal);
            string[] parts = term.Split(equal ? "=" : "!=", 2);
            if (parts.Length != 2) throw new NotSupportedException($"The label selector \"{term}\" is not a comparison of a label.");
            _labels.Add((parts[0], parts[1].TrimStart('='), equal));
        }

        if (string.IsNullOrEmpty(fields)) return;
        const string ByName = "metadata.name=";
        if (!fields.StartsWith(ByName, StringComparison.Ordinal))
        {
            throw new NotSupportedException($"The field selector \"{fields}\" is not by name.");
        }

        _name = fields[ByName.Length..];
    }

    public bool Matches(IResource? resource)
    {
        if (resource is null) return false;
        ObjectMeta metadata = resource.Metadata;
        if (_namespace is not null && metadata.Namespace != _namespace) return false;
        if (_name is not null && metadata.Name != _name) return false;
        foreach ((string label, string value, bool equal) in _labels)
        {
            if ((metadata.Labels?.GetValueOrDefault(label) == value) != equal) return false;
        }

        return true;
    }
}
