using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;

namespace Trireme.ApiServer.Tests.Storage;

/// <summary>A database of layout 1, in that version's own SQL and JSON: replicas of one service, with their history.</summary>
internal static class FirstLayout
{
    private const string Tables = """
        CREATE TABLE objects (
            resource TEXT NOT NULL,
            namespace TEXT NOT NULL,
            name TEXT NOT NULL,
            uid TEXT NOT NULL,
            revision INTEGER NOT NULL,
            deleting INTEGER NOT NULL,
            document BLOB NOT NULL,
            PRIMARY KEY (resource, namespace, name)
        );
        CREATE UNIQUE INDEX objects_by_uid ON objects (uid);
        CREATE INDEX objects_by_namespace ON objects (namespace, resource, name);
        CREATE TABLE owners (
            owner TEXT NOT NULL,
            dependent TEXT NOT NULL,
            PRIMARY KEY (owner, dependent)
        ) WITHOUT ROWID;
        CREATE INDEX owners_by_dependent ON owners (dependent);
        CREATE TABLE changes (
            revision INTEGER PRIMARY KEY,
            type INTEGER NOT NULL,
            resource TEXT NOT NULL,
            namespace TEXT NOT NULL,
            name TEXT NOT NULL,
            uid TEXT NOT NULL,
            document BLOB NOT NULL,
            previous BLOB
        );
        CREATE TABLE revisions (current INTEGER NOT NULL, compacted INTEGER NOT NULL);
        INSERT INTO revisions VALUES (0, 0);
        PRAGMA user_version = 1;
        """;

    public const string ServiceUid = "6f1c9a52-aaaa-4000-8000-000000000001";

    /// <summary>Writes a namespace, a service and replicas named tiny-0 and on; the last revision is two more than their number.</summary>
    public static void Write(string path, int replicas)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using SqliteConnection connection = Open(path);
        Execute(connection, "PRAGMA journal_mode = WAL");
        using SqliteTransaction transaction = connection.BeginTransaction();
        Execute(connection, Tables);
        Add(connection, 1, "namespaces", "", "default", "b1e30000-0000-4000-8000-000000000001", """
            {"apiVersion":"v1","kind":"Namespace","metadata":{"name":"default","uid":"b1e30000-0000-4000-8000-000000000001",
            "creationTimestamp":"2026-11-01T00:00:00Z","generation":1,"labels":{"kubernetes.io/metadata.name":"default"},
            "resourceVersion":"1"},"spec":{"finalizers":["kubernetes"]},"status":{"phase":"Active"}}
            """);
        Add(connection, 2, "modelservices.trireme.dev", "default", "tiny", ServiceUid, $$$"""
            {"apiVersion":"trireme.dev/v1alpha1","kind":"ModelService","metadata":{"name":"tiny","namespace":"default",
            "uid":"{{{ServiceUid}}}","creationTimestamp":"2026-11-01T00:00:00Z","generation":1,"resourceVersion":"2"},
            "spec":{"release":"tiny-v1","replicas":{{{replicas}}}}}
            """);
        for (int i = 0; i < replicas; i++)
        {
            int revision = i + 3;
            Add(connection, revision, "modelreplicas.trireme.dev", "default", $"tiny-{i}", Uid(i), Replica(i, revision));
            Execute(connection, $"INSERT INTO owners VALUES ('{ServiceUid}', '{Uid(i)}')");
        }

        Execute(connection, string.Create(CultureInfo.InvariantCulture, $"UPDATE revisions SET current = {replicas + 2}"));
        transaction.Commit();
    }

    public static string Uid(int replica) => $"00000000-0000-4000-8000-{replica:d12}";

    public static SqliteConnection Open(string path)
    {
        var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        return connection;
    }

    public static object? Scalar(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // The statements are this file's and its users' own.
        command.CommandText = sql;
#pragma warning restore CA2100
        return command.ExecuteScalar();
    }

    private static string Replica(int i, int revision) => $$$$$"""
        {"apiVersion":"trireme.dev/v1alpha1","kind":"ModelReplica","metadata":{"name":"tiny-{{{{{i}}}}}","namespace":"default",
        "labels":{"trireme.dev/service":"tiny"},"ownerReferences":[{"apiVersion":"trireme.dev/v1alpha1","kind":"ModelService",
        "name":"tiny","uid":"{{{{{ServiceUid}}}}}","controller":true,"blockOwnerDeletion":true}],"finalizers":["trireme.dev/drain"],
        "uid":"{{{{{Uid(i)}}}}}","creationTimestamp":"2026-11-01T00:00:00Z","generation":1,"managedFields":[
        {"manager":"trireme-operator","operation":"Update","apiVersion":"trireme.dev/v1alpha1","time":"2026-11-01T00:00:00Z",
        "fieldsType":"FieldsV1","fieldsV1":{"f:spec":{"f:contentHash":{},"f:modelPath":{},"f:release":{},"f:service":{}}}},
        {"manager":"trireme-operator","operation":"Update","apiVersion":"trireme.dev/v1alpha1","time":"2026-11-01T00:00:00Z",
        "fieldsType":"FieldsV1","fieldsV1":{"f:status":{"f:phase":{},"f:process":{"f:pid":{},"f:startTicks":{}}}},
        "subresource":"status"}],"resourceVersion":"{{{{{revision}}}}}"},
        "spec":{"service":"tiny","release":"tiny-v1","contentHash":"sha256:0f0f","modelPath":"/models/a b/tiny","engine":{},
        "resources":{},"drainTimeout":"1m"},"status":{"phase":"Ready","process":{"pid":1,"startTicks":2} } }
        """;

    private static void Add(
        SqliteConnection connection, int revision, string resource, string @namespace, string name, string uid, string json)
    {
        byte[] document = Encoding.UTF8.GetBytes(JsonNode.Parse(json)!.ToJsonString());
        using SqliteCommand insert = connection.CreateCommand();
        insert.CommandText = """
            INSERT INTO objects VALUES ($resource, $namespace, $name, $uid, $revision, 0, $document);
            INSERT INTO changes VALUES ($revision, 1, $resource, $namespace, $name, $uid, $document, NULL);
            """;
        insert.Parameters.AddWithValue("$resource", resource);
        insert.Parameters.AddWithValue("$namespace", @namespace);
        insert.Parameters.AddWithValue("$name", name);
        insert.Parameters.AddWithValue("$uid", uid);
        insert.Parameters.AddWithValue("$revision", revision);
        insert.Parameters.AddWithValue("$document", document);
        insert.ExecuteNonQuery();
    }

    private static void Execute(SqliteConnection connection, string sql) => Scalar(connection, sql);
}
