using System.Globalization;
using System.Text;
using Trireme.Contracts.Schema;

namespace Trireme.Kubernetes;

/// <summary>Paths of the Kubernetes API, relative to the server's base address.</summary>
internal static class ResourcePath
{
    public static string Collection(ResourceDefinition definition, string? @namespace)
    {
        string basePath = definition.BasePath[1..];
        return definition.Namespaced && !string.IsNullOrEmpty(@namespace)
            ? $"{basePath}/namespaces/{Uri.EscapeDataString(@namespace)}/{definition.Plural}"
            : $"{basePath}/{definition.Plural}";
    }

    public static string Object(ResourceDefinition definition, ResourceKey key, string? subresource = null)
    {
        if (definition.Namespaced && key.Namespace.Length == 0)
        {
            throw new ArgumentException($"A {definition.Kind} lives in a namespace, and \"{key.Name}\" names none.", nameof(key));
        }

        string path = $"{Collection(definition, key.Namespace)}/{Uri.EscapeDataString(key.Name)}";
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
}
