using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Trireme.ApiServer.Resources;
using Trireme.Contracts.Migrations;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Storage;

namespace Trireme.ApiServer.Storage;

/// <summary>What a migration did.</summary>
/// <param name="From">The layout the database had.</param>
/// <param name="Objects">Number of objects that changed.</param>
/// <param name="Backup">The copy of the database as it was.</param>
internal sealed record MigrationReport(long From, int Objects, string Backup);

/// <summary>
/// Brings a database of an older layout to the present one: first a copy beside it, then everything in one transaction, so that
/// a death at any point leaves the old database or the new one. An object that changes is written like any update, at a revision
/// of its own; changes of before are dropped, since their objects have a form nobody reads any longer, and watches that would
/// resume from them are told to list again.
/// </summary>
internal static class StoreMigration
{
    private const int PageLength = 256;

    public static MigrationReport Run(SqliteConnection connection, string path, long from)
    {
        string backup = BackUp(connection, path, from);
        using SqliteTransaction transaction = connection.BeginTransaction();
        int objects = MigrateObjects(connection, (int)from);
        StoreDatabase.Execute(connection, "DELETE FROM changes");
        StoreDatabase.Execute(connection, "UPDATE revisions SET compacted = current");
        StoreDatabase.Execute(
            connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {ObjectMigrations.CurrentLayout}"));
        transaction.Commit();
        return new MigrationReport(from, objects, backup);
    }

    private static int MigrateObjects(SqliteConnection connection, int from)
    {
        using var page = new SqlStatement(connection, "SELECT rowid, document FROM objects WHERE rowid > @0 ORDER BY rowid LIMIT @1", 2);
        using var update = new SqlStatement(connection, "UPDATE objects SET revision = @1, document = @2 WHERE rowid = @0", 3);
        using var setCurrent = new SqlStatement(connection, "UPDATE revisions SET current = @0", 1);
        long revision = StoreDatabase.Number(connection, "SELECT current FROM revisions");
        int changed = 0;
        long last = long.MinValue;
        while (true)
        {
            var rows = new List<(long Id, byte[] Json)>(PageLength);
            using (SqliteDataReader reader = page.Query(last, PageLength))
            {
                while (reader.Read()) rows.Add((reader.GetInt64(0), reader.GetValue(1) as byte[] ?? []));
            }

            if (rows.Count == 0) break;
            last = rows[^1].Id;
            foreach ((long id, byte[] json) in rows)
            {
                if (Parse(json) is not { } document || !ObjectMigrations.Migrate(document, from)) continue;
                changed++;
                document.Metadata()["resourceVersion"] = (++revision).ToString(CultureInfo.InvariantCulture);
                update.Execute(id, revision, document.ToBytes());
            }
        }

        setCurrent.Execute(revision);
        return changed;
    }

    /// <summary>Null for what is no readable object; it stays as it is, and opening the store puts it into quarantine.</summary>
    private static JsonObject? Parse(byte[] json)
    {
        try
        {
            return JsonNode.Parse(json) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Copies the database as it is. The copy has its name only when all of it is on the disk.</summary>
    private static string BackUp(SqliteConnection connection, string path, long from)
    {
        string backup = string.Create(CultureInfo.InvariantCulture, $"{path}.layout-{from}.bak");
        string temporary = backup + ".tmp";
        RegularFile.ThrowIfIrreplaceable(backup);
        try
        {
            File.Delete(temporary);
            StoreDatabase.CreatePrivate(temporary);
            using var copy = new SqlStatement(connection, "VACUUM INTO @0", 1);
            copy.Execute(temporary);
            using (var file = new FileStream(temporary, FileMode.Open, FileAccess.ReadWrite)) file.Flush(flushToDisk: true);
            File.Move(temporary, backup, overwrite: true);
            return backup;
        }
        catch (SqliteException exception)
        {
            File.Delete(temporary);
            throw new IOException(
                $"The database {path} must be brought to a newer layout, and the copy that is made of it before could not be written to "
                + $"{temporary}: {Clause.Of(exception)}. The database is unchanged; make room beside it and start again.",
                exception);
        }
    }
}
