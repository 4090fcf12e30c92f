using System.Globalization;
using System.Text;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Validation;

namespace Trireme.Kubernetes;

/// <summary>
/// Paths of the Kubernetes API, relative to the server's base address. A name that would lead to another place is refused here, where
/// every request passes, because a deletion of no name is the deletion of all.
/// </summary>
internal static class ResourcePath
{
    /// <param name="definition">The kind.</param>
    /// <param name="namespace">Null for all namespaces.</param>
    /// <exception cref="ArgumentException">The namespace is no segment of a path.</exception>
    public static string Collection(ResourceDefinition definition, string? @namespace)
    {
        string basePath = definition.BasePath[1..];
        return definition.Namespaced && @namespace is not null
            ? $"{basePath}/namespaces/{Segment(definition, "namespace", @namespace)}/{definition.Plural}"
            : $"{basePath}/{definition.Plural}";
    }

    /// <exception cref="ArgumentException">The name or the namespace is no segment of a path.</exception>
    public static string Object(ResourceDefinition definition, ResourceKey key, string? subresource = null)
    {
        string path = $"{Collection(definition, key.Namespace)}/{Segment(definition, "name", key.Name)}";
        return subresource is null ? path : $"{path}/{subresource}";
    }

    public static string Query(ListOptions options, bool watch = false)
    {
        var query = new StringBuilder();
        Add("labelSelector", options.LabelSelector);
        Add("fieldSelector", options.FieldSelector);
        Add("limit", options.Limit?.ToString(CultureInfo.InvariantCulture));
        Add("continue", options.Continue);
        Add("resourceVersion", options.ResourceVersion);
        Add("timeoutSeconds", options.Timeout is { } timeout ? ((long)timeout.TotalSeconds).ToString(CultureInfo.InvariantCulture) : null);
        Add("watch", watch ? "true" : null);
        Add("allowWatchBookmarks", watch ? "true" : null);
        return query.ToString();

        void Add(string name, string? value)
        {
            if (string.IsNullOrEmpty(value)) return;
            query.Append(query.Length == 0 ? '?' : '&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
        }
    }

    private static string Segment(ResourceDefinition definition, string part, string text) =>
        NameRules.PathSegmentFault(text) is { } fault
            ? throw new ArgumentException($"The {part} \"{text}\" of a {definition.Kind} {fault}.", part)
            : Uri.EscapeDataString(text);
}
