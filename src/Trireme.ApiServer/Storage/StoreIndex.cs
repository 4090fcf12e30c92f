using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Trireme.ApiServer.Resources;

namespace Trireme.ApiServer.Storage;

/// <summary>
/// The table that finds objects by <see cref="IndexEntries"/>. It is made from the objects and can be made again: it counts as long as its
/// revision is the store's, which it is not after a program wrote that does not know the table.
/// </summary>
internal sealed class StoreIndex : IDisposable
{
    public const string Table = """
        CREATE TABLE selection (
            resource TEXT NOT NULL,
            key TEXT NOT NULL,
            value TEXT NOT NULL,
            namespace TEXT NOT NULL,
            name TEXT NOT NULL,
            PRIMARY KEY (resource, key, value, namespace, name)
        ) WITHOUT ROWID;
        """;

    /// <summary>Entries that one statement adds: a statement costs several times what an entry does.</summary>
    private const int MaxRows = 8;

    /// <summary>By the number of entries that it adds, less one.</summary>
    private readonly SqlStatement[] _add;
    private readonly SqlStatement _remove;
    private readonly SqlStatement _removeAll;

    public StoreIndex(SqliteConnection connection)
    {
        _add = [.. Enumerable.Range(1, MaxRows).Select(rows => Insert(connection, rows))];
        const string Delete = "DELETE FROM selection WHERE resource = @0 AND namespace = @1 AND name = @2";
        _remove = new SqlStatement(connection, Delete + " AND key = @3 AND value = @4", 5);
        _removeAll = new SqlStatement(connection, Delete, 3);
    }

    /// <summary>Gives a database of before the table and the column that says how far it goes.</summary>
    public static void AddTo(SqliteConnection connection)
    {
        const string Columns = "SELECT COUNT(*) FROM pragma_table_info('revisions') WHERE name = 'indexed'";
        if (StoreDatabase.Number(connection, Columns) > 0)
        {
            // Earlier versions found an object's entries by it; its labels tell them too, and it cost as much as the entries themselves.
            StoreDatabase.Execute(connection, "DROP INDEX IF EXISTS selection_by_object");
            return;
        }

        using SqliteTransaction transaction = connection.BeginTransaction();
        StoreDatabase.Execute(connection, Table);
        StoreDatabase.Execute(connection, "ALTER TABLE revisions ADD COLUMN indexed INTEGER NOT NULL DEFAULT -1");
        transaction.Commit();
    }

    /// <summary>Makes the table anew where it does not go as far as the objects.</summary>
    /// <returns>False where there is no room for it; lists then look at all objects of their kind.</returns>
    public static bool Prepare(string path)
    {
        using SqliteConnection connection = StoreDatabase.Open(path);
        if (StoreDatabase.Number(connection, "SELECT current = indexed FROM revisions") == 1) return true;
        try
        {
            using SqliteTransaction transaction = connection.BeginTransaction();
            StoreDatabase.Execute(connection, "DELETE FROM selection");
            Fill(connection);
            StoreDatabase.Execute(connection, "UPDATE revisions SET indexed = current");
            transaction.Commit();
            return true;
        }
        catch (SqliteException exception) when (StoreFault.IsFull(exception))
        {
            return false;
        }
    }

    /// <summary>Has an object found by what it is now and no longer by what it was.</summary>
    /// <param name="key">The object.</param>
    /// <param name="before">What it was; null for one that is new.</param>
    /// <param name="now">What it is; null for one that is gone.</param>
    public void Move(ObjectKey key, StoredObject? before, StoredObject? now)
    {
        string resource = key.Resource.QualifiedPlural;
        HashSet<(string, string)> old = before is null ? [] : IndexEntries.Of(resource, before.Selectable);
        HashSet<(string, string)> next = now is null ? [] : IndexEntries.Of(resource, now.Selectable);
        foreach ((string entry, string value) in old)
        {
            if (!next.Contains((entry, value))) _remove.Execute(resource, key.Namespace, key.Name, entry, value);
        }

        next.ExceptWith(old);
        Add(_add, resource, key.Namespace, key.Name, next);
    }

    /// <summary>As <see cref="Move"/> for one that is gone and of which nobody knows what it was; this looks at all of its kind.</summary>
    public void Remove(ObjectKey key) => _removeAll.Execute(key.Resource.QualifiedPlural, key.Namespace, key.Name);

    public void Dispose()
    {
        foreach (SqlStatement add in _add) add.Dispose();
        _remove.Dispose();
        _removeAll.Dispose();
    }

    private static SqlStatement Insert(SqliteConnection connection, int rows)
    {
        IEnumerable<string> values = Enumerable.Range(0, rows).Select(static row => string.Create(
            CultureInfo.InvariantCulture, $"(@0, @1, @2, @{3 + (2 * row)}, @{4 + (2 * row)})"));
        return new SqlStatement(
            connection,
            "INSERT OR IGNORE INTO selection (resource, namespace, name, key, value) VALUES " + string.Join(", ", values),
            3 + (2 * rows));
    }

    private static void Add(
        SqlStatement[] statements, object resource, object @namespace, object name, IReadOnlyCollection<(string Key, string Value)> entries)
    {
        foreach ((string Key, string Value)[] rows in entries.Chunk(MaxRows))
        {
            object[] values = [resource, @namespace, name, .. rows.SelectMany(static row => new object[] { row.Key, row.Value })];
            statements[rows.Length - 1].Execute(values);
        }
    }

    /// <summary>Also of kinds that this version does not serve: the next one may.</summary>
    private static void Fill(SqliteConnection connection)
    {
        SqlStatement[] add = [.. Enumerable.Range(1, MaxRows).Select(rows => Insert(connection, rows))];
        using var all = new SqlStatement(connection, "SELECT resource, namespace, name, document FROM objects", 0);
        using SqliteDataReader reader = all.Query();
        while (reader.Read())
        {
            // What cannot be read is in quarantine, and in no list.
            if (reader.GetValue(0) is not string resource || Parse(reader.GetValue(3)) is not { } document) continue;
            Add(add, resource, reader.GetValue(1), reader.GetValue(2), IndexEntries.Of(resource, new Selectable(document)));
        }

        foreach (SqlStatement statement in add) statement.Dispose();
    }

    private static JsonObject? Parse(object document)
    {
        try
        {
            return document is byte[] json ? JsonNode.Parse(json) as JsonObject : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
