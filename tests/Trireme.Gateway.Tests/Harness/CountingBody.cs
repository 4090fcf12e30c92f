using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

namespace Trireme.Gateway.Tests.Harness;

/// <summary>A client that takes everything at once and only counts it.</summary>
internal sealed class CountingBody : PipeWriter, IHttpResponseBodyFeature
{
    private readonly byte[] _free = new byte[4096];

    public long Bytes { get; private set; }

    public Stream Stream => throw new NotSupportedException();

    public PipeWriter Writer => this;

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        Bytes += source.Length;
        return default;
    }

    public override void Advance(int bytes) => Bytes += bytes;

    public override Memory<byte> GetMemory(int sizeHint = 0) => _free;

    public override Span<byte> GetSpan(int sizeHint = 0) => _free;

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => default;

    public override void CancelPendingFlush()
    {
    }

    public override void Complete(Exception? exception = null)
    {
    }

    public Task CompleteAsync() => Task.CompletedTask;

    public void DisableBuffering()
    {
    }

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;
}
