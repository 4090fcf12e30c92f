using Microsoft.Data.Sqlite;
using Trireme.Contracts.Serialization;

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

    /// <summary>An input/output error whose cause is the file that connections share, which could not grow.</summary>
    private const int NoRoomForSharedMemory = InputOutput | (19 << 8);

    private const string WayBack = "Put a backup in its place and remove the files of that name that end in -wal and -shm, "
        + "or move all three away to start with no objects.";

    /// <returns>An <see cref="InvalidDataException"/> where the content is at fault, otherwise an <see cref="IOException"/>.</returns>
    public static Exception Explain(string path, SqliteException exception) => exception.SqliteErrorCode switch
    {
        Corrupt or NotADatabase => new InvalidDataException(
            $"The database {path} is damaged ({Clause.Of(exception)}). {WayBack}", exception),
        PermissionDenied or ReadOnly or CannotOpen => new IOException(
            $"The database {path} cannot be opened for writing ({Clause.Of(exception)}). Check owner and mode of the file and of its "
                + "folder.",
            exception),
        Busy or Locked => new IOException($"Another program holds the database {path}. Close it, then start again.", exception),
        _ when IsFull(exception) => NoRoom(path, exception),
        InputOutput => new IOException($"The disk of the database {path} fails ({Clause.Of(exception)}).", exception),
        _ => new InvalidDataException(
            $"The database {path} does not hold what this program writes ({Clause.Of(exception)}). {WayBack}", exception),
    };

    public static IOException NoRoom(string path, Exception? cause) =>
        new($"There is no room left on the disk of the database {path}. Make room, then start again.", cause);

    /// <summary>Whether a failure means that the disk, or the database by its own limit, has no room.</summary>
    public static bool IsFull(SqliteException exception) =>
        exception.SqliteErrorCode == Full || exception.SqliteExtendedErrorCode == NoRoomForSharedMemory;

    public static bool IsInputOutput(SqliteException exception) => exception.SqliteErrorCode == InputOutput;

    /// <summary>Why the store of a running server cannot do something now.</summary>
    public static StoreUnavailableException While(string path, SqliteException exception) => exception.SqliteErrorCode switch
    {
        _ when IsFull(exception) => FullNow(path, exception),
        Busy or Locked => new StoreUnavailableException(
            StoreTrouble.Locked, $"another program holds the database {path}; it is tried again with each request", exception),
        PermissionDenied or ReadOnly => new StoreUnavailableException(
            StoreTrouble.ReadOnly,
            $"the database {path} cannot be written ({Clause.Of(exception)}); check how its disk is mounted, and owner and mode of the "
                + "file",
            exception),
        Corrupt or NotADatabase => new StoreUnavailableException(
            StoreTrouble.Failing,
            $"the database {path} is damaged ({Clause.Of(exception)}); stop the platform and restore a backup",
            exception),
        _ => new StoreUnavailableException(
            StoreTrouble.Failing, $"the disk of the database {path} fails ({Clause.Of(exception)})", exception),
    };

    public static StoreUnavailableException FullNow(string path, Exception? cause = null) => new(
        StoreTrouble.Full,
        $"there is no room for this write: the disk of the database {path} is full, or the database has reached its limit "
        + "(apiServer.maxStoreBytes). Delete objects, which still works, or make room on the disk; writes then go on by themselves",
        cause);

    /// <summary>A file of no bytes: one that this program makes has its tables before it has its name.</summary>
    public static InvalidDataException Empty(string path) =>
        new($"The database {path} is empty (0 bytes), so its objects are lost. {WayBack}");

    public static InvalidDataException Foreign(string path, string table) => new(
        $"The database {path} belongs to another program: it has a table \"{table}\" and not the mark of this one. Move it away.");
}
