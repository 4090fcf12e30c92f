namespace Trireme.Contracts.Storage;

/// <summary>What stands under a name in the file system, links followed.</summary>
internal enum FileKind
{
    /// <summary>Nothing, or what cannot be looked at.</summary>
    Missing,

    /// <summary>A file as one reads and writes.</summary>
    Regular,

    Folder,

    /// <summary>A FIFO: who opens it waits for somebody at its other end.</summary>
    Pipe,

    Socket,

    /// <summary>Of characters or blocks; one may never end.</summary>
    Device,
}
