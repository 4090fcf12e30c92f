using Microsoft.Win32.SafeHandles;

namespace Trireme.Hosting.Logging;

/// <summary>
/// A file of whole lines that is moved aside when it is full: "trireme.log" becomes "trireme.log.1" and so on, and the oldest goes.
/// Only its owner can read it. Not for use by several threads.
/// </summary>
internal sealed class LogFile : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _path;
    private readonly long _bytesMax;
    private readonly int _filesMax;
    private SafeFileHandle? _file;
    private long _length;
    private bool _disposed;

    /// <param name="path">The file; its folder is made.</param>
    /// <param name="bytesMax">Size at which it is moved aside.</param>
    /// <param name="filesMax">Files kept, this one included.</param>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The same, for want of permission.</exception>
    public LogFile(string path, long bytesMax, int filesMax)
    {
        _path = path;
        _bytesMax = bytesMax;
        _filesMax = filesMax;
        _file = Open();
    }

    /// <summary>Writes whole lines, all of them or none. False when the disk does not take them; the next call tries anew.</summary>
    public bool TryAppend(ReadOnlySpan<byte> lines)
    {
        if (_disposed) return false;
        try
        {
            _file ??= Open();
            if (_length > 0 && _length + lines.Length > _bytesMax) Rotate();
            RandomAccess.Write(_file, lines, _length);
            _length += lines.Length;
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Opening it again cuts off what may be half written.
            _file?.Dispose();
            _file = null;
            return false;
        }
    }

    public void Dispose()
    {
        _disposed = true;
        _file?.Dispose();
    }

    private SafeFileHandle Open()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!, OwnerOnly | UnixFileMode.UserExecute);
        // A handle has no mode for new files, so the file is made by a stream first.
        var made = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, UnixCreateMode = OwnerOnly };
        new FileStream(_path, made).Dispose();

        SafeFileHandle file = File.OpenHandle(_path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        _length = WholeLines(file);
        RandomAccess.SetLength(file, _length);
        return file;
    }

    private void Rotate()
    {
        _file!.Dispose();
        _file = null;
        for (int i = _filesMax - 1; i >= 1; i--)
        {
            string younger = i == 1 ? _path : $"{_path}.{i - 1}";
            if (File.Exists(younger)) File.Move(younger, $"{_path}.{i}", overwrite: true);
        }

        if (_filesMax == 1) File.Delete(_path);
        _file = Open();
    }

    /// <summary>
    /// Length of the file up to the end of its last whole line: a process that is killed while it writes can leave half a line.
    /// </summary>
    private static long WholeLines(SafeFileHandle file)
    {
        long end = RandomAccess.GetLength(file);
        Span<byte> block = stackalloc byte[4096];
        while (end > 0)
        {
            Span<byte> part = block[..(int)Math.Min(block.Length, end)];
            int read = RandomAccess.Read(file, part, end - part.Length);
            int newline = part[..read].LastIndexOf((byte)'\n');
            if (newline >= 0) return end - part.Length + newline + 1;
            end -= part.Length;
        }

        return 0;
    }
}
