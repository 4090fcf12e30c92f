using Microsoft.Data.Sqlite;
using Trireme.ApiServer.CustomKinds;
using Trireme.ApiServer.Resources;

namespace Trireme.ApiServer.Storage;

/// <summary>
/// Reads the definitions of custom kinds before anything else of the store: whether an object can be served depends on whether its kind is
/// known.
/// </summary>
internal static class StoredDefinitions
{
    /// <summary>Has the kinds served whose definitions the store holds. One that cannot be read is left out and in quarantine.</summary>
    public static void Load(string path, ServedResources resources)
    {
        if (resources.Definitions is not { } definitions) return;
        const string Rows = "SELECT resource, namespace, name, uid, revision, document FROM objects WHERE resource = @0";
        using SqliteConnection connection = StoreDatabase.Open(path);
        using var statement = new SqlStatement(connection, Rows, 1);
        using SqliteDataReader reader = statement.Query(definitions.QualifiedPlural);
        CustomKindSet kinds = CustomKindSet.Empty;
        while (reader.Read())
        {
            if (reader.GetValue(5) is not byte[]) continue;
            if (CustomKind.Of(StoreReader.Read(reader, definitions), before: null) is { } kind) kinds = kinds.With(kind);
        }

        resources.Custom = kinds;
    }
}
