using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.Data.Sqlite;
using Trireme.ApiServer.CustomKinds;
using Trireme.ApiServer.Resources;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.Storage;

/// <summary>
/// Looks at every stored object once, when the store is opened. One that its clients could not read would end every list and every watch
/// of its kind, and with them whatever follows that kind.
/// </summary>
internal static class StoreScan
{
    /// <summary>Adds what cannot be served to the quarantine, and forgets a history that cannot be read.</summary>
    /// <returns>True if the history had to be forgotten; watches that would resume from it list again.</returns>
    public static bool Run(string path, ServedResources resources, Quarantine quarantine)
    {
        using SqliteConnection connection = StoreDatabase.Open(path);
        const string Objects = "SELECT resource, namespace, name, uid, revision, document FROM objects";
        using (var all = new SqlStatement(connection, Objects, 0))
        using (SqliteDataReader reader = all.Query())
        {
            while (reader.Read())
            {
                var row = new Row(Text(reader, 0), Text(reader, 1), Text(reader, 2), Text(reader, 3), Number(reader, 4));
                if (Fault(reader, row, resources) is not { } fault) continue;
                quarantine.Add(new QuarantinedObject(row.Resource, row.Namespace, row.Name, row.Uid, row.Revision, fault));
            }
        }

        if (HistoryIsReadable(connection, resources)) return false;
        StoreDatabase.Execute(connection, "DELETE FROM changes");
        StoreDatabase.Execute(connection, "UPDATE revisions SET compacted = current");
        return true;
    }

    private static string? Fault(SqliteDataReader reader, Row row, ServedResources resources)
    {
        if (resources.Find(row.Resource) is not { } resource) return "this version does not know its kind";
        return reader.GetValue(5) is byte[] json ? Fault(json, row, resource.Definition) : "it is not stored as JSON";
    }

    private static string? Fault(byte[] json, Row row, ResourceDefinition definition)
    {
        if (!Utf8.IsValid(json)) return "it is not UTF-8";
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            if (Disagreement(document.RootElement, row, definition) is { } fault) return fault;

            // Clients read it as this type; what only breaks a rule is served, since rules become stricter.
            JsonSerializer.Deserialize(document.RootElement, definition.ClrType, ResourceJson.Options);
            return null;
        }
        catch (JsonException exception)
        {
            return $"it is not readable: {exception.Message}";
        }
    }

    /// <summary>What the object says of itself must be what its row says, by which it is found.</summary>
    private static string? Disagreement(JsonElement root, Row row, ResourceDefinition definition)
    {
        if (root.ValueKind != JsonValueKind.Object) return "it is not an object";
        // An object of a custom kind lies there in the version in which it was last written.
        bool isOfKind = Member(root, "kind") == definition.Kind && (definition.ClrType == typeof(CustomObject)
            ? Member(root, "apiVersion")?.StartsWith(definition.Group + "/", StringComparison.Ordinal) == true
            : Member(root, "apiVersion") == definition.ApiVersion);
        if (!isOfKind)
        {
            return $"it calls itself {Member(root, "apiVersion")} {Member(root, "kind")} and lies among the {row.Resource}";
        }

        if (!root.TryGetProperty("metadata", out JsonElement metadata) || metadata.ValueKind != JsonValueKind.Object)
        {
            return "it has no metadata";
        }

        bool agrees = Member(metadata, "name") == row.Name
            && (Member(metadata, "namespace") ?? "") == row.Namespace
            && Member(metadata, "uid") == row.Uid;
        return agrees ? null : "its name, namespace or uid is not that of its row";
    }

    private static string? Member(JsonElement map, string name) =>
        map.TryGetProperty(name, out JsonElement member) && member.ValueKind == JsonValueKind.String ? member.GetString() : null;

    private static bool HistoryIsReadable(SqliteConnection connection, ServedResources resources)
    {
        using var all = new SqlStatement(connection, "SELECT resource, document, previous FROM changes", 0);
        using SqliteDataReader reader = all.Query();
        while (reader.Read())
        {
            if (resources.Find(Text(reader, 0)) is null) continue;
            bool readable = reader.GetValue(1) is byte[] document && IsObject(document)
                && (reader.IsDBNull(2) || (reader.GetValue(2) is byte[] previous && IsObject(previous)));
            if (!readable) return false;
        }

        return true;
    }

    private static bool IsObject(byte[] json)
    {
        if (!Utf8.IsValid(json)) return false;
        try
        {
            var reader = new Utf8JsonReader(json);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return false;
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    // Columns of a damaged row may hold any type.
    private static string Text(SqliteDataReader reader, int column) => reader.GetValue(column) switch
    {
        string text => text,
        byte[] bytes => Encoding.UTF8.GetString(bytes),
        _ => "",
    };

    private static long Number(SqliteDataReader reader, int column) => reader.GetValue(column) is long number ? number : 0;

    private sealed record Row(string Resource, string Namespace, string Name, string Uid, long Revision);
}
