using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Validation;
using Trireme.Kubernetes;

namespace Trireme.Manifests;

/// <summary>Reads objects from YAML or JSON files, folders and standard input.</summary>
internal static class ManifestReader
{
    /// <summary>The largest source that is read; an object may take a fifth of it.</summary>
    private const int MaxBytes = 16 << 20;

    private static readonly string[] Extensions = [".yaml", ".yml", ".json"];

    /// <summary>Reads all objects of a source in order: a file, a folder's manifests by name, or "-" for standard input.</summary>
    /// <exception cref="CommandException">The source is missing or not a manifest; the message names file and position.</exception>
    public static IReadOnlyList<ManifestObject> Read(string source)
    {
        if (source == "-") return Parse(() => YamlFile.Read(Console.OpenStandardInput(), MaxBytes), "standard input");
        if (Directory.Exists(source))
        {
            string[] files =
            [
                .. Directory.EnumerateFiles(source)
                    .Where(file => Extensions.Contains(Path.GetExtension(file)))
                    .Order(StringComparer.Ordinal),
            ];
            if (files.Length == 0) throw new CommandException($"{source}: no .yaml, .yml or .json file here", ExitCode.Invalid);
            return [.. files.SelectMany(ReadFile)];
        }

        CommandException.ThrowIfMissing(source);
        return ReadFile(source);
    }

    private static List<ManifestObject> ReadFile(string path) => Parse(() => YamlFile.Read(path, MaxBytes), path);

    private static List<ManifestObject> Parse(Func<string> read, string origin)
    {
        IReadOnlyList<JsonNode> documents;
        try
        {
            documents = YamlJson.Parse(read());
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw new CommandException(Clause.Of(origin, exception), ExitCode.OfFile(exception), exception);
        }
        catch (FormatException exception)
        {
            throw new CommandException($"{origin}: {exception.Message}", ExitCode.Invalid, exception);
        }

        if (documents.Count == 0) throw new CommandException($"{origin}: holds no objects", ExitCode.Invalid);
        return [.. documents.SelectMany(document => Items(document, origin)).Select(item => Identify(item, origin))];
    }

    /// <summary>A document is an object, or a List of some.</summary>
    private static IEnumerable<JsonNode?> Items(JsonNode document, string origin)
    {
        if (document is not JsonObject list || list["kind"] is not JsonValue kind || !IsText(kind, "List")) return [document];
        return list["items"] as JsonArray ?? throw new CommandException($"{origin}: List: items must be a list", ExitCode.Invalid);
    }

    private static ManifestObject Identify(JsonNode? node, string origin)
    {
        if (node is not JsonObject json) throw new CommandException($"{origin}: a document is not an object", ExitCode.Invalid);
        string apiVersion = Text(json["apiVersion"], origin, "apiVersion") ?? throw Missing(origin, "apiVersion");
        string kind = Text(json["kind"], origin, "kind") ?? throw Missing(origin, "kind");
        string where = $"{origin}: {kind}";
        JsonObject metadata = json["metadata"] switch
        {
            JsonObject members => members,
            null => throw Missing(where, "metadata.name"),
            var other => throw new CommandException($"{where}: metadata must be an object, not {Noun(other)}", ExitCode.Invalid),
        };
        string name = Text(metadata["name"], where, "metadata.name") ?? throw Missing(where, "metadata.name");
        ResourceDefinition definition = ResourceCatalog.Find(apiVersion, kind) ?? throw UnknownKind(origin, apiVersion, kind);
        // An empty namespace says "not set", as in Kubernetes.
        string? @namespace = Text(metadata["namespace"], where, "metadata.namespace") is { Length: > 0 } set ? set : null;
        ThrowIfNoName(origin, kind, "name", name);
        if (@namespace is not null) ThrowIfNoName(origin, kind, "namespace", @namespace);
        return new ManifestObject(definition, name, @namespace, (JsonObject)json.DeepClone(), origin);
    }

    private static void ThrowIfNoName(string origin, string kind, string field, string text)
    {
        if (NameRules.PathSegmentFault(text) is not { } fault) return;
        throw new CommandException($"{origin}: {kind}: metadata.{field}: \"{text}\": resource name {fault}", ExitCode.Invalid);
    }

    private static CommandException UnknownKind(string origin, string apiVersion, string kind)
    {
        if (kind == "TrainingJob")
        {
            return new CommandException($"{origin}: a TrainingJob is run with \"trireme train -f {origin}\"", ExitCode.Invalid);
        }
        string[] known = [.. ResourceCatalog.All.Select(definition => definition.Kind)];
        string hint = NearestName.Find(kind, known) is { } nearest
            ? $"did you mean {nearest} ({ResourceCatalog.Find(nearest)!.ApiVersion})?"
            : $"known kinds: {string.Join(", ", known)}";
        return new CommandException($"{origin}: unknown kind {kind} in {apiVersion}; {hint}", ExitCode.Invalid);
    }

    private static CommandException Missing(string where, string field) => new($"{where}: {field} must be set", ExitCode.Invalid);

    /// <summary>Null where nothing stands; what YAML takes for a number or a truth value needs quotes to be a name.</summary>
    private static string? Text(JsonNode? node, string where, string field)
    {
        if (node is null) return null;
        if (node.GetValueKind() == JsonValueKind.String) return node.GetValue<string>();
        string quotes = node is JsonValue ? "; put it in quotes" : "";
        throw new CommandException($"{where}: {field} must be a string, not {Noun(node)}{quotes}", ExitCode.Invalid);
    }

    private static string Noun(JsonNode node) => node switch
    {
        JsonObject => "an object",
        JsonArray => "a list",
        _ => node.ToJsonString(),
    };

    private static bool IsText(JsonValue value, string text) => value.TryGetValue(out string? given) && given == text;
}

/// <summary>One object of a manifest with where it came from.</summary>
internal sealed record ManifestObject(ResourceDefinition Definition, string Name, string? Namespace, JsonObject Json, string Origin)
{
    /// <summary>The object's place, with the command's namespace where the manifest names none.</summary>
    public ResourceKey Key(string defaultNamespace) => new(Definition.Namespaced ? Namespace ?? defaultNamespace : "", Name);
}
