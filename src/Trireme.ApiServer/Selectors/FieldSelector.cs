using System.Text;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;

namespace Trireme.ApiServer.Selectors;

/// <summary>One condition on the value of one field.</summary>
internal sealed record FieldRequirement(string Path, bool Equal, string Value)
{
    /// <summary>Kubernetes' name for who saw an event: the component of its source, or else the reporting one.</summary>
    private const string Source = "source";

    private const string HostNetwork = "spec.hostNetwork";

    private readonly string[] _path = (Path == Source ? "source.component" : Path).Split('.');

    private readonly string[]? _otherwise = Path == Source ? ["reportingComponent"] : null;

    /// <summary>What the field says where an object leaves it out.</summary>
    private readonly string _unsaid = Path == HostNetwork ? "false" : "";

    public bool Matches(Selectable selectable)
    {
        string found = selectable.Field(_path);
        if (found.Length == 0) found = _otherwise is null ? _unsaid : selectable.Field(_otherwise);
        return found == Value == Equal;
    }
}

/// <summary>A conjunction of field conditions in Kubernetes' notation: "metadata.name=x,type!=Normal".</summary>
internal sealed record FieldSelector(IReadOnlyList<FieldRequirement> Requirements)
{
    private const string NamePath = "metadata.name";

    private const string NamespacePath = "metadata.namespace";

    private static readonly string[] Common = [NamePath, NamespacePath];

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
        ["pods"] =
        [
            "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork", "status.phase",
            "status.podIP", "status.nominatedNodeName",
        ],
        ["jobs.batch"] = ["status.successful"],
    };

    public static FieldSelector Everything { get; } = new([]);

    public bool IsEverything => Requirements.Count == 0;

    /// <summary>The one name selected, if the selector asks for one.</summary>
    public string? Name { get; } = Requirements.FirstOrDefault(requirement => requirement is { Path: NamePath, Equal: true })?.Value;

    /// <summary>The one namespace selected, if the selector asks for one.</summary>
    public string? Namespace { get; } =
        Requirements.FirstOrDefault(requirement => requirement is { Path: NamespacePath, Equal: true })?.Value;

    public bool Matches(Selectable selectable)
    {
        foreach (FieldRequirement requirement in Requirements)
        {
            if (!requirement.Matches(selectable)) return false;
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
        foreach (string term in Terms(text))
        {
            if (Requirement(term) is not { } requirement)
            {
                return StatusErrors.BadRequest($"unable to parse fieldSelector \"{text}\": \"{term}\" is not field=value or field!=value");
            }

            if (!known.Contains(requirement.Path))
            {
                return StatusErrors.BadRequest(
                    $"field label not supported: {requirement.Path}; {resource} can be selected by {string.Join(", ", known)}");
            }

            requirements.Add(requirement);
        }

        return new FieldSelector(requirements);
    }

    /// <summary>
    /// The one name that a selector asks for, before it is known of what kind. Access is decided by it, so it is read as
    /// <see cref="Parse"/> reads it.
    /// </summary>
    public static string? NameIn(string? text) => new FieldSelector(
        [.. Terms(text ?? "").Select(Requirement).OfType<FieldRequirement>()]).Name;

    /// <summary>What a term says; null where it says nothing.</summary>
    private static FieldRequirement? Requirement(string term)
    {
        int at = term.IndexOf('=', StringComparison.Ordinal);
        if (at <= 0) return null;
        bool negated = term[at - 1] == '!';
        string path = term[..(negated ? at - 1 : at)].Trim();
        return new FieldRequirement(path, !negated, Unescaped(term[(at + 1)..].TrimStart('=').Trim()));
    }

    /// <summary>Splits at commas, but for those after a backslash.</summary>
    private static IEnumerable<string> Terms(string text)
    {
        int start = 0;
        for (int i = 0; i <= text.Length; i++)
        {
            if (i < text.Length - 1 && text[i] == '\\')
            {
                i++;
                continue;
            }

            if (i < text.Length && text[i] != ',') continue;
            string term = text[start..i].Trim();
            if (term.Length > 0) yield return term;
            start = i + 1;
        }
    }

    private static string Unescaped(string value)
    {
        if (!value.Contains('\\', StringComparison.Ordinal)) return value;
        var text = new StringBuilder();
        for (int i = 0; i < value.Length; i++)
        {
            if (value[i] == '\\' && i + 1 < value.Length) i++;
            text.Append(value[i]);
        }

        return text.ToString();
    }
}
