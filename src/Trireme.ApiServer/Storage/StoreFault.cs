using Microsoft.Data.Sqlite;

namespace Trireme.ApiServer.Storage;

/// <summary>Why a database cannot be opened, in words that name the file and the way back.</summary>
internal static class StoreFault
{
    // Primary result codes of SQLite, https://www.sqlite.org/rescode.html.
    private const int PermissionDenied = 3;
    private const int Busy = 5;
    private const int Locked = 6;
    private const int ReadOnly = 8;
    private const int InputOutput = 10;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int CannotOpen = 14;
    private const int NotADatabase = 26;

    private const string WayBack = "Put a backup in its place and remove the files of that name that end in -wal and -shm, "
        + "or move all three away to start with no objects.";

    /// <returns>An <see cref="InvalidDataException"/> where the content is at fault, otherwise an <see cref="IOException"/>.</returns>
    public static Exception Explain(string path, SqliteException exception) => exception.SqliteErrorCode switch
    {
        Corrupt or NotADatabase => new InvalidDataException($"The database {path} is damaged ({exception.Message}). {WayBack}", exception),
        PermissionDenied or ReadOnly or CannotOpen => new IOException(
            $"The database {path} cannot be opened for writing ({exception.Message}). Check owner and mode of the file and of its folder.",
            exception),
        Busy or Locked => new IOException($"Another program holds the database {path}. Close it, then start again.", exception),
        Full => new IOException($"There is no room left on the disk of the database {path}. Make room, then start again.", exception),
        InputOutput => new IOException($"The disk of the database {path} fails ({exception.Message}).", exception),
        _ => new InvalidDataException(
            $"The database {path} does not hold what this program writes ({exception.Message}). {WayBack}", exception),
    };

    /// <summary>A file of no bytes: one that this program makes has its tables before it has its name.</summary>
    public static InvalidDataException Empty(string path) =>
        new($"The database {path} is empty (0 bytes), so its objects are lost. {WayBack}");

    public static InvalidDataException Foreign(string path, string table) => new(
        $"The database {path} belongs to another program: it has a table \"{table}\" and not the mark of this one. Move it away.");
}
