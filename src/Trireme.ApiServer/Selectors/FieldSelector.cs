using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;

namespace Trireme.ApiServer.Selectors;

/// <summary>One condition on the value of one field.</summary>
internal sealed record FieldRequirement(string Path, bool Equal, string Value);

/// <summary>A conjunction of field conditions in Kubernetes' notation: "metadata.name=x,type!=Normal".</summary>
internal sealed record FieldSelector(IReadOnlyList<FieldRequirement> Requirements)
{
    private const string NamePath = "metadata.name";

    private static readonly string[] Common = [NamePath, "metadata.namespace"];

    /// <summary>The fields Kubernetes lets clients select by, beside name and namespace.</summary>
    private static readonly Dictionary<string, string[]> Further = new()
    {
        ["events"] =
        [
            "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid", "involvedObject.apiVersion",
            "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason", "reportingComponent", "source", "type",
        ],
        ["namespaces"] = ["status.phase"],
        ["secrets"] = ["type"],
    };

    public static FieldSelector Everything { get; } = new([]);

    public bool IsEverything => Requirements.Count == 0;

    /// <summary>The one name selected, if the selector asks for one.</summary>
    public string? Name { get; } = Requirements.FirstOrDefault(requirement => requirement is { Path: NamePath, Equal: true })?.Value;

    public bool Matches(Selectable selectable)
    {
        foreach (FieldRequirement requirement in Requirements)
        {
            // Kubernetes' name for the component of an event's source.
            string path = requirement.Path == "source" ? "source.component" : requirement.Path;
            if (selectable.Field(path) == requirement.Value != requirement.Equal) return false;
        }

        return true;
    }

    public static FieldSelector ForName(string name) => new([new FieldRequirement(NamePath, Equal: true, name)]);

    public static Outcome<FieldSelector> Parse(string? text, ServedResource resource)
    {
        if (string.IsNullOrWhiteSpace(text)) return Everything;
        IReadOnlyList<string> further = resource.Projection?.Kind.Fields ?? Further.GetValueOrDefault(resource.QualifiedPlural, []);
        string[] known = [.. Common, .. further];
        var requirements = new List<FieldRequirement>();
        foreach (string term in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int at = term.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0)
            {
                return StatusErrors.BadRequest($"unable to parse fieldSelector \"{text}\": \"{term}\" is not field=value or field!=value");
            }

            bool negated = term[at - 1] == '!';
            string path = term[..(negated ? at - 1 : at)].Trim();
            string value = term[(at + 1)..].TrimStart('=').Trim();
            if (!known.Contains(path))
            {
                return StatusErrors.BadRequest(
                    $"field label not supported: {path}; {resource} can be selected by {string.Join(", ", known)}");
            }

            requirements.Add(new FieldRequirement(path, !negated, value));
        }

        return new FieldSelector(requirements);
    }
}
