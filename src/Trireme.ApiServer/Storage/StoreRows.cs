using System.Text.Json;
using Microsoft.Data.Sqlite;
using Trireme.ApiServer.Resources;

namespace Trireme.ApiServer.Storage;

/// <summary>The objects of lists in the order of namespace and name, as a reader's snapshot has them.</summary>
internal sealed class StoreRows : IDisposable
{
    private const string Row = "SELECT o.resource, o.namespace, o.name, o.uid, o.revision, o.document FROM ";
    private const string Found = """
        selection s CROSS JOIN objects o ON o.resource = s.resource AND o.namespace = s.namespace AND o.name = s.name
        WHERE s.resource = @0 AND s.key = @3 AND s.value = @4
        """;

    private readonly Quarantine _quarantine;
    private readonly SqlStatement _one;
    private readonly SqlStatement _all;
    private readonly SqlStatement _inNamespace;
    private readonly SqlStatement _foundAll;
    private readonly SqlStatement _foundInNamespace;
    private readonly SqlStatement _keys;
    private readonly SqlStatement _keysOfValues;
    private readonly SqlStatement _countAll;
    private readonly SqlStatement _countInNamespace;

    public StoreRows(SqliteConnection connection, Quarantine quarantine)
    {
        const string Kind = "objects o WHERE o.resource = @0 ";
        _quarantine = quarantine;
        _one = new SqlStatement(connection, Row + Kind + "AND o.namespace = @1 AND o.name = @2", 3);
        _all = new SqlStatement(
            connection, Row + Kind + "AND (o.namespace, o.name) > (@1, @2) ORDER BY o.namespace, o.name", 3);
        _inNamespace = new SqlStatement(connection, Row + Kind + "AND o.namespace = @1 AND o.name > @2 ORDER BY o.name", 3);
        _foundAll = new SqlStatement(
            connection, Row + Found + " AND (s.namespace, s.name) > (@1, @2) ORDER BY s.namespace, s.name", 5);
        _foundInNamespace = new SqlStatement(connection, Row + Found + " AND s.namespace = @1 AND s.name > @2 ORDER BY s.name", 5);
        // By a key alone, or several values, the order is not that of the index, so that only names are sorted.
        const string Keys = "SELECT namespace, name FROM selection WHERE resource = @0 AND key = @1 ";
        const string InOrder = "AND (@2 = '' OR namespace = @2) AND (namespace, name) > (@3, @4) ORDER BY namespace, name";
        const string OneOf = "AND value IN (SELECT value FROM json_each(@5)) ";
        _keys = new SqlStatement(connection, Keys + InOrder, 5);
        _keysOfValues = new SqlStatement(connection, Keys + OneOf + InOrder, 6);
        _countAll = new SqlStatement(connection, "SELECT COUNT(*) FROM " + Kind + "AND (o.namespace, o.name) > (@1, @2)", 3);
        _countInNamespace = new SqlStatement(connection, "SELECT COUNT(*) FROM " + Kind + "AND o.namespace = @1 AND o.name > @2", 3);
    }

    /// <summary>What a query may be about, from where it goes on; its filter is left to the caller.</summary>
    public IEnumerable<StoredObject> Of(ListQuery query)
    {
        string afterName = query.After?.Name ?? "";
        bool isOne = query.Namespace.Length > 0 || !query.Resource.Definition.Namespaced;
        if (query.Name is { } name && isOne)
        {
            return string.CompareOrdinal(name, afterName) > 0 ? Rows(query, _one.Query(Kind(query), query.Namespace, name)) : [];
        }

        bool everywhere = query.Namespace.Length == 0;
        string from = everywhere ? query.After?.Namespace ?? "" : query.Namespace;
        return query.Hint switch
        {
            null => Rows(query, (everywhere ? _all : _inNamespace).Query(Kind(query), from, afterName)),
            { Values: [var value] } hint => Rows(
                query, (everywhere ? _foundAll : _foundInNamespace).Query(Kind(query), from, afterName, hint.Key, value)),
            { Values: null } hint => ByKeys(query, _keys.Query(Kind(query), hint.Key, query.Namespace, from, afterName)),
            { Values: { } values } hint => ByKeys(
                query, _keysOfValues.Query(Kind(query), hint.Key, query.Namespace, from, afterName, JsonSerializer.Serialize(values))),
        };
    }

    /// <summary>How many objects of a list without a filter come after one of them, those in quarantine among them.</summary>
    public long CountAfter(ListQuery query, ObjectKey last) => (query.Namespace.Length == 0
        ? _countAll.Number(Kind(query), last.Namespace, last.Name)
        : _countInNamespace.Number(Kind(query), query.Namespace, last.Name)) ?? 0;

    public void Dispose()
    {
        foreach (SqlStatement statement in (ReadOnlySpan<SqlStatement>)
        [
            _one, _all, _inNamespace, _foundAll, _foundInNamespace, _keys, _keysOfValues, _countAll, _countInNamespace,
        ])
        {
            statement.Dispose();
        }
    }

    private IEnumerable<StoredObject> ByKeys(ListQuery query, SqliteDataReader keys)
    {
        using (keys)
        {
            while (keys.Read())
            {
                SqliteDataReader row = _one.Query(Kind(query), keys.GetString(0), keys.GetString(1));
                foreach (StoredObject found in Rows(query, row)) yield return found;
            }
        }
    }

    private IEnumerable<StoredObject> Rows(ListQuery query, SqliteDataReader reader)
    {
        using (reader)
        {
            while (reader.Read())
            {
                if (_quarantine.TryFind(reader.GetString(0), reader.GetString(1), reader.GetString(2), out _)) continue;
                yield return StoreReader.Read(reader, query.Resource);
            }
        }
    }

    private static string Kind(ListQuery query) => query.Resource.QualifiedPlural;
}
