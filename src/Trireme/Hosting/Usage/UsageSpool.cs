using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;

namespace Trireme.Hosting.Usage;

/// <summary>
/// A file of slots in which entries live from the beginning of their request until the ledger's database has them. It is written through
/// the memory that it is mapped to: a write costs no call into the system and is safe as soon as it is done, however the process ends. All
/// of its room is written once before it is mapped, so that a full disk is an error when the file grows, and nothing later. Its lock goes
/// with the process, so that what a dead one left can be taken over.
/// </summary>
internal sealed class UsageSpool : IDisposable
{
    /// <summary>By which the file grows.</summary>
    public const int ChunkBytes = 4 << 20;

    private const int SlotsPerChunk = ChunkBytes / SpoolSlot.Bytes;

    /// <summary>Begins the file: "TRSPOOL1".</summary>
    private const long Mark = 0x314C4F4F50535254;

    private readonly Lock _lock = new();
    private readonly FileStream _file;
    private readonly long _maxBytes;
    private readonly List<MemoryMappedFile> _maps = [];
    private readonly Stack<int> _free = new();
    private readonly List<(int Slot, UsageRecord Entry)> _recovered = [];
    private volatile MemoryMappedViewAccessor[] _views = [];
    private long _sequence = Random.Shared.NextInt64(1, long.MaxValue / 2);

    private UsageSpool(FileStream file, long maxBytes) => (_file, _maxBytes) = (file, maxBytes);

    public string Path => _file.Name;

    /// <summary>Entries that an earlier process left, with their slots; those that had not ended are cut.</summary>
    public IReadOnlyList<(int Slot, UsageRecord Entry)> Recovered => _recovered;

    /// <summary>Slots whose bytes are not those that were written; they are free now.</summary>
    public int Damaged { get; private set; }

    /// <summary>Whether it should grow before the free slots are used up.</summary>
    public bool IsScarce
    {
        get
        {
            lock (_lock) return _free.Count < SlotsPerChunk / 2 && (_views.Length + 1L) * ChunkBytes <= _maxBytes;
        }
    }

    /// <exception cref="IOException">Another process holds it, it cannot be written, or there is no room.</exception>
    /// <exception cref="InvalidDataException">It is another program's, or a newer version's.</exception>
    public static UsageSpool Open(string path, long maxBytes)
    {
        var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        var spool = new UsageSpool(file, maxBytes);
        try
        {
            spool.Recover();
            return spool;
        }
        catch
        {
            spool.Dispose();
            throw;
        }
    }

    /// <summary>Takes a free slot with a number of its own; false if there is none.</summary>
    public bool TryRent(out int slot, out long sequence)
    {
        lock (_lock)
        {
            sequence = ++_sequence;
            return _free.TryPop(out slot);
        }
    }

    /// <summary>Writes a part of a slot.</summary>
    public void Write(int slot, int at, ReadOnlySpan<byte> bytes) =>
        ViewOf(slot).SafeMemoryMappedViewHandle.WriteSpan((ulong)(PlaceOf(slot) + at), bytes);

    /// <summary>Reads a slot.</summary>
    public void Read(int slot, Span<byte> bytes) =>
        ViewOf(slot).SafeMemoryMappedViewHandle.ReadSpan((ulong)PlaceOf(slot), bytes);

    /// <summary>Makes a slot an entry, or a free one: from here on it counts.</summary>
    public void Number(int slot, long sequence) => ViewOf(slot).Write(PlaceOf(slot), sequence);

    /// <summary>Frees a slot whose entry is safe elsewhere, or was never begun.</summary>
    public void Free(int slot)
    {
        Number(slot, 0);
        lock (_lock) _free.Push(slot);
    }

    /// <summary>Adds a chunk.</summary>
    /// <exception cref="IOException">There is no room for it; the file is as it was.</exception>
    public void Grow()
    {
        long end = (long)_views.Length * ChunkBytes;
        byte[] zeros = new byte[ChunkBytes];
        if (end == 0) BinaryPrimitives.WriteInt64LittleEndian(zeros, Mark);
        try
        {
            RandomAccess.Write(_file.SafeFileHandle, zeros, end);
        }
        catch (IOException)
        {
            _file.SetLength(end);
            throw;
        }

        Map(zeros);
    }

    /// <summary>Removes the file. Nothing of it is used from here on.</summary>
    public void Delete()
    {
        File.Delete(Path);
        Dispose();
    }

    public void Dispose()
    {
        foreach (MemoryMappedViewAccessor view in _views) view.Dispose();
        foreach (MemoryMappedFile map in _maps) map.Dispose();
        _file.Dispose();
    }

    private MemoryMappedViewAccessor ViewOf(int slot) => _views[slot / SlotsPerChunk];

    private static long PlaceOf(int slot) => (long)(slot % SlotsPerChunk) * SpoolSlot.Bytes;

    private void Recover()
    {
        long length = RandomAccess.GetLength(_file.SafeFileHandle);
        byte[] chunk = new byte[ChunkBytes];
        for (long at = 0; at < length; at += ChunkBytes)
        {
            chunk.AsSpan().Clear();
            int read = ReadChunk(chunk, at);
            if (at == 0 && read >= sizeof(long) && BinaryPrimitives.ReadInt64LittleEndian(chunk) != Mark)
            {
                throw new InvalidDataException($"{Path} does not begin as this version's files of that kind do");
            }

            // A file that was copied may have holes, which a full disk would tell of by the process's death.
            if (at == 0) BinaryPrimitives.WriteInt64LittleEndian(chunk, Mark);
            RandomAccess.Write(_file.SafeFileHandle, chunk, at);
            Map(chunk);
        }

        if (_views.Length == 0) Grow();
    }

    private int ReadChunk(byte[] chunk, long at)
    {
        int length = 0;
        while (RandomAccess.Read(_file.SafeFileHandle, chunk.AsSpan(length), at + length) is var read and > 0) length += read;
        return length;
    }

    /// <summary>Maps the chunk that comes next, whose bytes are given.</summary>
    private void Map(ReadOnlySpan<byte> bytes)
    {
        long at = (long)_views.Length * ChunkBytes;
        var map = MemoryMappedFile.CreateFromFile(
            _file, mapName: null, capacity: 0, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
        _maps.Add(map);
        _views = [.. _views, map.CreateViewAccessor(at, ChunkBytes)];
        int first = (_views.Length - 1) * SlotsPerChunk;

        // The first slot holds the mark. Low ones are used first, so that few pages are.
        for (int i = SlotsPerChunk - 1; i >= (at == 0 ? 1 : 0); i--)
        {
            ReadOnlySpan<byte> slot = bytes.Slice(i * SpoolSlot.Bytes, SpoolSlot.Bytes);
            if (SpoolSlot.SequenceOf(slot) == 0)
            {
                lock (_lock) _free.Push(first + i);
            }
            else if (SpoolSlot.Read(slot) is { } entry)
            {
                _recovered.Add((first + i, entry));
            }
            else
            {
                Damaged++;
                Free(first + i);
            }
        }
    }
}
