namespace Trireme.ApiServer.Storage;

/// <summary>
/// A file beside the database that holds room for a start on a full disk: for the database's log, which a clean end removes, the file its
/// connections share, and what else a platform writes as it starts. A running store has its own reserve in the database
/// (<see cref="ReservedPages"/>), and leaves this file alone: what fills the disk would take the room at once.
/// </summary>
internal sealed class StartReserve(string databasePath, long bytes, TimeProvider time)
{
    /// <summary>The log of the database, and files of some KiB.</summary>
    public const long DefaultBytes = 8L << 20;

    /// <summary>How its name ends after that of the database.</summary>
    public const string Ending = ".reserve";

    /// <summary>What must be free beside the reserve before ordinary writes go on: the largest object with its history.</summary>
    private const long Margin = 8L << 20;

    // What the system says where a file cannot be made for want of room, and what the framework says where it cannot be filled.
    private const int NoSpace = 28;
    private const int OverQuota = 122;
    private const int NotAllocated = unchecked((int)0x80131620);

    /// <summary>A full disk is asked again at most this often.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly string _path = databasePath + Ending;
    private readonly string _probe = databasePath + ".probe";
    private long? _lastTry;

    public long Bytes { get; } = bytes;

    /// <summary>What must be free beside the reserve for ordinary writes to go on.</summary>
    public long MarginBytes => Math.Min(Margin, Bytes);

    /// <summary>True while room is kept that only deletions and statuses may use.</summary>
    public bool IsHeld => new FileInfo(_path) is { Exists: true } file && file.Length >= Bytes;

    /// <summary>Gives the room to whoever writes next.</summary>
    public void Release() => File.Delete(_path);

    /// <summary>Has the next try wait: the disk was found full just now.</summary>
    public void Defer() => _lastTry = time.GetTimestamp();

    /// <summary>Takes the room, or finds that it has it.</summary>
    /// <returns>False where there is too little for the reserve, or too little beside it.</returns>
    public bool TryHold()
    {
        bool had = IsHeld;
        if (!had && !FindsRoom(_path, Bytes)) return false;
        if (HasMargin()) return true;
        if (!had) File.Delete(_path);
        return false;
    }

    /// <summary>Takes the room anew: a file that was copied with its folder may be one in name only.</summary>
    /// <returns>The same; where there is too little beside it, what is there stays.</returns>
    public bool TryRenew()
    {
        if (!HasMargin()) return false;
        File.Delete(_path);
        return TryHold();
    }

    /// <summary>The same, but not again and again: false as well where the last answer is fresh.</summary>
    public bool TryHoldAgain()
    {
        if (_lastTry is { } last && time.GetElapsedTime(last) < Pause) return false;
        _lastTry = time.GetTimestamp();
        return TryHold();
    }

    /// <summary>Whether the disk would take one more large write.</summary>
    public bool HasMargin()
    {
        bool there = FindsRoom(_probe, MarginBytes);
        File.Delete(_probe);
        return there;
    }

    /// <summary>
    /// Makes a file of so many bytes. False only for want of room; where it cannot be made for another reason, that is not known.
    /// </summary>
    private static bool FindsRoom(string path, long bytes)
    {
        try
        {
            File.Delete(path);
            var options = new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
                PreallocationSize = bytes,
            };
            using var file = new FileStream(path, options);
            file.SetLength(bytes);
            return true;
        }
        catch (IOException exception) when (exception.HResult is NoSpace or OverQuota or NotAllocated)
        {
            File.Delete(path);
            return false;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }
}
