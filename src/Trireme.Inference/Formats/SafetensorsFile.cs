using System.IO.MemoryMappedFiles;

namespace Trireme.Inference.Formats;

/// <summary>
/// One memory-mapped safetensors file: eight bytes of header length, a JSON header, then the tensors back to back. Everything the
/// header claims is checked when the file is opened. The file must not be truncated while it is mapped.
/// </summary>
internal sealed unsafe class SafetensorsFile : IDisposable
{
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _base;
    private int _disposed;

    private SafetensorsFile(MemoryMappedViewAccessor view, long length, string name)
    {
        _view = view;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref _base);
        _base += view.PointerOffset;
        try
        {
            Tensors = new SafetensorsHeader(this, name, length).Read();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public IReadOnlyList<SafetensorsTensor> Tensors { get; }

    public static SafetensorsFile Open(string path)
    {
        string name = Path.GetFileName(path);
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
            long length = stream.Length;
            if (length < SafetensorsHeader.PrefixBytes)
            {
                throw new ModelFormatException(name, $"it has {length} bytes, fewer than a header.", "Fetch the file again.");
            }

            // The view outlives the file's handle and the mapping's.
            using var mapping = MemoryMappedFile.CreateFromFile(
                stream, mapName: null, capacity: 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
            return new SafetensorsFile(mapping.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read), length, name);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException(name, $"it cannot be read: {exception.Message}", "Fetch the complete model folder.", exception);
        }
    }

    /// <summary>Tensors are bounds-checked against the file when it is opened, so any offset they hold is inside the mapping.</summary>
    public byte* Address(long offset)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        return _base + offset;
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
    }
}
