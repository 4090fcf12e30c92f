namespace Trireme.Backup;

/// <summary>Reads another stream, tells how many bytes came, and ends when nobody wants the rest.</summary>
/// <param name="inner">What is read; disposed with this.</param>
/// <param name="read">Told of each piece.</param>
/// <param name="cancellationToken">Ends the reading with an <see cref="OperationCanceledException"/>.</param>
internal sealed class ObservedStream(Stream inner, Action<int> read, CancellationToken cancellationToken) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => inner.CanSeek;

    public override bool CanWrite => false;

    public override long Length => inner.Length;

    public override long Position
    {
        get => inner.Position;
        set => inner.Position = value;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        cancellationToken.ThrowIfCancellationRequested();
        int count = inner.Read(buffer);
        read(count);
        return count;
    }

    public override void Flush() => inner.Flush();

    public override long Seek(long offset, SeekOrigin origin) => inner.Seek(offset, origin);

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
        base.Dispose(disposing);
    }
}
