using System.Runtime.ExceptionServices;
using System.Text;
using Trireme.Contracts.Storage;

namespace Trireme.Inference.Formats.Gguf.Writing;

/// <summary>
/// Writes a GGUF file, version 3, as ggml's docs/gguf.md describes it: little-endian, tensors aligned to 32 bytes. The file appears
/// under its name only when it is whole.
/// </summary>
internal sealed class GgufWriter
{
    private const uint Magic = 0x46554747;
    private const uint Version = 3;
    private const int Alignment = 32;
    private const int PieceBytes = 8 << 20;
    private const string PartialSuffix = ".partial";

    private readonly List<(string Key, byte[] Value)> _metadata = [];
    private readonly List<GgufTensor> _tensors = [];

    /// <summary>Bytes of all tensors.</summary>
    public long TensorBytes => _tensors.Sum(tensor => tensor.ByteLength);

    public void Add(string key, uint value) => Add(key, GgufValueType.UInt32, writer => writer.Write(value));

    public void Add(string key, float value) => Add(key, GgufValueType.Single, writer => writer.Write(value));

    public void Add(string key, bool value) => Add(key, GgufValueType.Bool, writer => writer.Write(value));

    public void Add(string key, string value) => Add(key, GgufValueType.String, writer => WriteText(writer, value));

    public void Add(string key, IReadOnlyCollection<string> values) => AddList(key, GgufValueType.String, values, WriteText);

    public void Add(string key, IReadOnlyCollection<int> values) =>
        AddList(key, GgufValueType.Int32, values, (writer, value) => writer.Write(value));

    /// <summary>Adds a value as another file holds it.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The type's number and what follows it.</param>
    public void AddStored(string key, ReadOnlySpan<byte> value) => _metadata.Add((key, value.ToArray()));

    public void Add(GgufTensor tensor) => _tensors.Add(tensor);

    /// <summary>Writes the file, or nothing when it fails or is cancelled.</summary>
    /// <param name="path">The file, which is replaced when it exists.</param>
    /// <param name="threads">Most threads that encode rows.</param>
    /// <param name="written">Told how many bytes of tensors are written so far.</param>
    /// <param name="cancellationToken">Stops the writing.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Write(string path, int threads, Action<long>? written, CancellationToken cancellationToken)
    {
        string partial = path + PartialSuffix;
        RegularFile.ThrowIfIrreplaceable(path);
        RegularFile.ThrowIfOther(partial);
        try
        {
            using (var stream = new FileStream(partial, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                WriteHeader(stream);
                long done = 0;
                foreach (GgufTensor tensor in _tensors)
                {
                    Pad(stream);
                    WriteRows(stream, tensor, threads, bytes => written?.Invoke(done + bytes), cancellationToken);
                    done += tensor.ByteLength;
                }

                // Readers may ask for the last tensor's padding.
                Pad(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(partial, path, overwrite: true);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }

    private static void WriteRows(
        FileStream stream, GgufTensor tensor, int threads, Action<long> written, CancellationToken cancellationToken)
    {
        int rowBytes = checked((int)tensor.RowBytes);
        int pieceRows = Math.Clamp(PieceBytes / rowBytes, 1, tensor.RowCount);
        var piece = new byte[checked(pieceRows * rowBytes)];
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellationToken };
        for (int first = 0; first < tensor.RowCount; first += pieceRows)
        {
            int count = Math.Min(pieceRows, tensor.RowCount - first);
            try
            {
                Parallel.For(0, count, options, row => tensor.Encode(first + row, piece.AsSpan(row * rowBytes, rowBytes)));
            }
            catch (AggregateException exception)
            {
                ExceptionDispatchInfo.Throw(exception.InnerExceptions[0]);
            }

            stream.Write(piece, 0, count * rowBytes);
            written((long)(first + count) * rowBytes);
        }
    }

    private void WriteHeader(FileStream stream)
    {
        using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        writer.Write(Magic);
        writer.Write(Version);
        writer.Write((ulong)_tensors.Count);
        writer.Write((ulong)_metadata.Count);
        foreach ((string key, byte[] value) in _metadata)
        {
            WriteText(writer, key);
            writer.Write(value);
        }

        long offset = 0;
        foreach (GgufTensor tensor in _tensors)
        {
            WriteText(writer, tensor.Name);
            writer.Write((uint)tensor.Shape.Count);
            // The file names the innermost dimension first.
            for (int i = tensor.Shape.Count - 1; i >= 0; i--) writer.Write((ulong)tensor.Shape[i]);
            writer.Write(GgufTensorEntry.NumberOf(tensor.Type));
            writer.Write((ulong)offset);
            offset = Aligned(offset + tensor.ByteLength);
        }
    }

    private void Add(string key, GgufValueType type, Action<BinaryWriter> write)
    {
        using var value = new MemoryStream();
        using (var writer = new BinaryWriter(value, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write((uint)type);
            write(writer);
        }

        _metadata.Add((key, value.ToArray()));
    }

    private void AddList<T>(string key, GgufValueType elementType, IReadOnlyCollection<T> values, Action<BinaryWriter, T> write) =>
        Add(key, GgufValueType.List, writer =>
        {
            writer.Write((uint)elementType);
            writer.Write((ulong)values.Count);
            foreach (T value in values) write(writer, value);
        });

    private static void WriteText(BinaryWriter writer, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private static long Aligned(long position) => (position + Alignment - 1) / Alignment * Alignment;

    private static void Pad(FileStream stream)
    {
        Span<byte> zeros = stackalloc byte[Alignment];
        zeros.Clear();
        stream.Write(zeros[..(int)(Aligned(stream.Position) - stream.Position)]);
    }
}
