using System.Threading.Tasks.Sources;

namespace Trireme.Gateway.Tests.Harness;

/// <summary>A replica's stream of many small events, which allocates nothing while it is read.</summary>
/// <param name="chunks">Events before the last one.</param>
/// <param name="waits">True if every read ends later, on another thread, as one of a socket does.</param>
internal sealed class ChunkStream(int chunks, bool waits) : Stream, IValueTaskSource<int>, IThreadPoolWorkItem
{
    private static readonly byte[] Chunk =
        "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"abc\"},\"finish_reason\":null}]}\n\n"u8.ToArray();

    private static readonly byte[] Last =
        "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"u8.ToArray();

    private ManualResetValueTaskSourceCore<int> _read = new() { RunContinuationsAsynchronously = false };
    private int _sent;
    private int _length;

    public long Bytes => (long)Chunk.Length * chunks + Last.Length;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _length = 0;
        if (_sent <= chunks)
        {
            byte[] next = _sent++ == chunks ? Last : Chunk;
            next.CopyTo(buffer);
            _length = next.Length;
        }

        if (!waits) return new ValueTask<int>(_length);
        _read.Reset();
        var task = new ValueTask<int>(this, _read.Version);
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        return task;
    }

    public void Execute() => _read.SetResult(_length);

    public int GetResult(short token) => _read.GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _read.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _read.OnCompleted(continuation, state, token, flags);

    public override void Flush() => throw new NotSupportedException();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
