using System.Buffers;
using System.Net;
using Microsoft.Net.Http.Headers;
using Trireme.Contracts.Http;
using Trireme.Gateway.Limits;
using Trireme.Gateway.Pipeline;
using Trireme.Gateway.Routing;

namespace Trireme.Gateway.Forwarding;

/// <summary>
/// One replica asked to answer one request. Opening it goes as far as an answer can still be replaced: to the first content of a
/// stream, or to the end of an unstreamed answer. Disposing it cuts the connection if the answer has not been read to its end.
/// </summary>
internal sealed class Attempt : IDisposable
{
    /// <summary>Events without content are held back up to this size.</summary>
    private const int MaxHeldEventBytes = 64 * 1024;

    private const int InitialHeldBytes = 8 * 1024;

    private readonly GatewayOptions _options;
    private readonly AttemptCancellation _cancellation;
    private readonly HttpRequestMessage _message;
    private readonly UsageShown _shown;
    private readonly UsageMeter? _meter;
    private readonly long _work;
    private byte[] _held = [];
    private Stream? _body;

    public Attempt(
        GatewayRequest request, LiveRelease release, LiveReplica replica, GatewayOptions options, CancellationPool cancellations)
    {
        Release = release;
        Replica = replica;
        _options = options;
        _message = new HttpRequestMessage(HttpMethod.Post, new Uri(replica.Route.Endpoint, request.Target))
        {
            Version = HttpVersion.Version11,
            Content = new BodyContent(request.Body!.Memory, request.UsagePatch),
        };
        ProxyHeaders.CopyToReplica(request, _message, request.Id);
        if (replica.Route.Key is { } key) _message.Headers.TryAddWithoutValidation(HeaderNames.Authorization, key.ToAuthorization());
        _shown = request.UsageShown;
        _meter = request.Meter;
        _cancellation = cancellations.Rent(request.ClientLeft);
        _cancellation.CancelAfterSilence(options.ResponseTimeout);
        _work = request.Work;
        replica.Begin(_work);
    }

    public LiveRelease Release { get; }

    public LiveReplica Replica { get; }

    public HttpResponseMessage? Response { get; private set; }

    public int Status => (int)(Response?.StatusCode ?? HttpStatusCode.BadGateway);

    /// <summary>The events of a stream; null for an unstreamed answer.</summary>
    public EventBuffer? Events { get; private set; }

    /// <summary>The beginning of an unstreamed answer, or all of it.</summary>
    public ReadOnlyMemory<byte> Held { get; private set; }

    /// <summary>True when <see cref="Held"/> is the whole answer.</summary>
    public bool HeldIsComplete { get; private set; }

    /// <summary>Content events that came while the stream was held back.</summary>
    public int HeldContentEvents { get; private set; }

    /// <summary>True after the replica was silent for too long. Meaningful while the client is there only.</summary>
    public bool IsSilent => _cancellation.Token.IsCancellationRequested;

    /// <summary>Asks the replica; returns what went wrong, if anything. Throws when the client left.</summary>
    public async Task<AttemptFailure> OpenAsync(Upstream upstream)
    {
        Response = await upstream.SendAsync(_message, _cancellation.Token);
        _body = await Response.Content.ReadAsStreamAsync(_cancellation.Token);
        bool complete = Response.IsSuccessStatusCode && Upstream.IsEventStream(Response)
            ? await HoldStreamAsync()
            : await HoldAnswerAsync();
        if (!complete) return AttemptFailure.Reset;
        // The client's key was judged before and stays here: it is the platform that this replica turns away.
        if (Response.StatusCode == HttpStatusCode.Unauthorized) return AttemptFailure.Unauthorized;
        // A replica that has run out of memory over a request says that it is not to be tried on another one.
        if (Response.Headers.TryGetValues(TriremeHeaders.ShouldRetry, out IEnumerable<string>? values) && values.Contains("false"))
        {
            return AttemptFailure.None;
        }

        return Response.StatusCode is HttpStatusCode.InternalServerError or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable
            ? AttemptFailure.Status
            : AttemptFailure.None;
    }

    /// <summary>Reads more. Throws when the client left, the replica was silent for too long or the connection broke.</summary>
    public ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        _cancellation.CancelAfterSilence(_options.ResponseTimeout);
        return _body!.ReadAsync(buffer, _cancellation.Token);
    }

    public void Dispose()
    {
        Response?.Dispose();
        _message.Dispose();
        Events?.Dispose();
        _cancellation.Dispose();
        byte[] held = Interlocked.Exchange(ref _held, []);
        if (held.Length > 0) ArrayPool<byte>.Shared.Return(held);
        Replica.End(_work);
    }

    private async ValueTask<bool> HoldStreamAsync()
    {
        Events = new EventBuffer(_options.MaxHeldResponseBytes, _shown, _meter);
        while (!Events.EndsHolding && Events.Denial is null && Events.Ready.Length < MaxHeldEventBytes)
        {
            Memory<byte> free = Events.Free();
            if (free.IsEmpty) return false;
            int read = await ReadAsync(free);
            if (read == 0) return false;
            HeldContentEvents += Events.Advance(read);
        }

        return !Events.EndedUnfinished;
    }

    private async ValueTask<bool> HoldAnswerAsync()
    {
        long announced = Response!.Content.Headers.ContentLength ?? InitialHeldBytes;
        _held = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(announced + 1, 1, _options.MaxHeldResponseBytes));
        int length = 0;
        while (true)
        {
            if (length == _held.Length)
            {
                if (length >= _options.MaxHeldResponseBytes) break;
                byte[] larger = ArrayPool<byte>.Shared.Rent(length * 2);
                _held.AsSpan(0, length).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(_held);
                _held = larger;
            }

            int read = await ReadAsync(_held.AsMemory(length));
            if (read == 0)
            {
                HeldIsComplete = true;
                break;
            }

            length += read;
        }

        Held = _held.AsMemory(0, length);
        return true;
    }
}
