using System.Globalization;
using System.Net;
using System.Net.Http.Headers;

namespace Trireme.Operator.Artifacts;

/// <summary>
/// Ends answers whose bytes stop coming: every read of every body has a time of its own, and a body that comes slowly may take as long as
/// it takes. It stands at the connection, so that no reader has to think of it.
/// </summary>
/// <param name="handler">What asks.</param>
/// <param name="limit">The longest time without a byte.</param>
/// <param name="time">Measures it.</param>
internal sealed class IdleLimit(HttpMessageHandler handler, TimeSpan limit, TimeProvider time) : DelegatingHandler(handler)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        HttpResponseMessage answer = await base.SendAsync(request, cancellationToken);
        string server = request.RequestUri!.Authority;
        answer.Content = new LimitedContent(answer.Content, body => new LimitedStream(body, server, limit, time));
        return answer;
    }

    /// <summary>Content with its headers, read through another stream.</summary>
    private sealed class LimitedContent : HttpContent
    {
        private readonly HttpContent _content;
        private readonly Func<Stream, Stream> _limit;

        public LimitedContent(HttpContent content, Func<Stream, Stream> limit)
        {
            _content = content;
            _limit = limit;
            foreach ((string name, HeaderStringValues values) in content.Headers.NonValidated)
            {
                Headers.TryAddWithoutValidation(name, values);
            }
        }

        protected override async Task<Stream> CreateContentReadStreamAsync() => _limit(await _content.ReadAsStreamAsync());

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(
            Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await using Stream body = _limit(await _content.ReadAsStreamAsync(cancellationToken));
            await body.CopyToAsync(stream, cancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _content.Headers.ContentLength ?? 0;
            return _content.Headers.ContentLength is not null;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) _content.Dispose();
            base.Dispose(disposing);
        }
    }

    /// <summary>A stream that fails where a read takes longer than the limit.</summary>
    private sealed class LimitedStream(Stream stream, string server, TimeSpan limit, TimeProvider time) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        /// <exception cref="HttpRequestException">No byte came in time.</exception>
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            using var idle = new CancellationTokenSource(limit, time);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, idle.Token);
            try
            {
                return await stream.ReadAsync(buffer, stop.Token);
            }
            catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
            {
                string problem = string.Create(CultureInfo.InvariantCulture, $"{server} sent no byte for {limit.TotalSeconds:0.#} s.");
                throw new HttpRequestException(HttpRequestError.ResponseEnded, problem, exception);
            }
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        /// <summary>Some readers of XML wait with their thread; the limit ends their wait too.</summary>
        public override int Read(byte[] buffer, int offset, int count) =>
            ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) stream.Dispose();
            base.Dispose(disposing);
        }
    }
}
