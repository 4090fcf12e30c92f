using System.IO.MemoryMappedFiles;
using Trireme.Contracts.Storage;

namespace Trireme.Inference.Formats;

/// <summary>
/// A file mapped for reading. Reading it after it was truncated is a fault of the process: <see cref="MappingFaults"/>.
/// </summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _base;
    private int _disposed;

    private MappedFile(MemoryMappedViewAccessor view, string name, long length)
    {
        _view = view;
        Name = name;
        Length = length;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref _base);
        _base += view.PointerOffset;
    }

    /// <summary>The file's name without its folder, for messages.</summary>
    public string Name { get; }

    /// <summary>Bytes.</summary>
    public long Length { get; }

    /// <param name="path">The file.</param>
    /// <param name="lengthMin">A shorter file is refused: it cannot even hold the fixed start of its format.</param>
    /// <exception cref="ModelFormatException">The file is missing, too short or cannot be read.</exception>
    public static MappedFile Open(string path, long lengthMin)
    {
        string name = Path.GetFileName(path);
        FileStream? stream = null;
        try
        {
            stream = RegularFile.OpenRead(path, bufferBytes: 1);
            long length = stream.Length;
            if (length < lengthMin)
            {
                throw new ModelFormatException(name, $"it has {length} bytes, fewer than a header.", "Fetch the file again.");
            }

            // The view outlives the file's handle and the mapping's.
            using var mapping = MemoryMappedFile.CreateFromFile(
                stream, mapName: null, capacity: 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
            var mapped = new MappedFile(mapping.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read), name, length);
            return mapped.Check(path, ref stream);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException(name, $"it cannot be read: {exception.Message}", "Fetch the complete model folder.", exception);
        }
        finally
        {
            stream?.Dispose();
        }
    }

    /// <summary>Readers check every offset against <see cref="Length"/> before they keep it.</summary>
    public byte* Address(long offset)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        return _base + offset;
    }

    /// <summary>Hands the descriptor over to who checks what is read, if anyone does.</summary>
    private MappedFile Check(string path, ref FileStream? stream)
    {
        if (PinnedReading.Current is not { } reading) return this;
        FileStream handedOver = stream!;
        stream = null;
        try
        {
            reading.Take(path, handedOver);
            return this;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
    }
}
