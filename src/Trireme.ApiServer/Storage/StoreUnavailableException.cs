namespace Trireme.ApiServer.Storage;

/// <summary>Why the store cannot do what it was asked, while the process goes on.</summary>
internal enum StoreTrouble
{
    None,

    /// <summary>No room on the disk, or the database is as large as it may be.</summary>
    Full,

    /// <summary>Another program holds the database.</summary>
    Locked,
    ReadOnly,

    /// <summary>The disk fails, or what lies on it is damaged.</summary>
    Failing,

    /// <summary>More writes wait than memory should hold.</summary>
    Busy,
}

/// <summary>The store cannot write or read now. Nothing of what was asked has happened; it may work again without a restart.</summary>
#pragma warning disable CA1032 // It always says what the trouble is.
internal sealed class StoreUnavailableException(StoreTrouble trouble, string message, Exception? inner = null)
    : IOException(message, inner)
#pragma warning restore CA1032
{
    public StoreTrouble Trouble { get; } = trouble;
}
