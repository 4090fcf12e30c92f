using System.Net;
using Microsoft.Net.Http.Headers;
using Trireme.Contracts.Http;
using Trireme.Gateway.Accounting;
using Trireme.Gateway.Forwarding;
using Trireme.Gateway.Pipeline;
using Trireme.Gateway.Routing;

namespace Trireme.Gateway.Shadowing;

/// <summary>One copy of a request. It holds all that it needs, because the request may be over before it.</summary>
internal sealed class ShadowCopy : IDisposable
{
    /// <summary>After everybody else: a lower number is computed earlier.</summary>
    private const string LowestPriority = "2147483647";

    private const string IdSuffix = "-shadow";

    private readonly Lock _ending = new();
    private readonly CancellationTokenSource _source;

    public ShadowCopy(GatewayRequest request, LiveRelease release, TimeSpan deadline, TimeProvider time)
    {
        Release = release;
        Replica = release.Replicas[Random.Shared.Next(release.Replicas.Length)].Route;
        Metrics = release.CopyMetrics!;
        Generates = request.Route.Generates;
        DropsUsage = request.UsagePatch is not null;
        BodyBytes = request.Body!.Length;
        Created = time.GetTimestamp();
        Message = new HttpRequestMessage(HttpMethod.Post, new Uri(Replica.Endpoint, request.Target))
        {
            Version = HttpVersion.Version11,
            Content = new BodyContent(request.Body.Memory.ToArray(), request.UsagePatch),
        };
        ProxyHeaders.CopyToReplica(request, Message, request.Id + IdSuffix);
        Message.Headers.Remove(TriremeHeaders.Priority);
        Message.Headers.TryAddWithoutValidation(TriremeHeaders.Priority, LowestPriority);
        if (Replica.Key is { } key) Message.Headers.TryAddWithoutValidation(HeaderNames.Authorization, key.ToAuthorization());
        _source = new CancellationTokenSource(deadline, time);
        Token = _source.Token;
    }

    public LiveRelease Release { get; }

    public ReplicaRoute Replica { get; }

    public ReleaseMetrics Metrics { get; }

    public HttpRequestMessage Message { get; }

    /// <summary>The answer is generated text.</summary>
    public bool Generates { get; }

    public bool DropsUsage { get; }

    public int BodyBytes { get; }

    public long Created { get; }

    /// <summary>Cancelled when the client has left, or at the deadline.</summary>
    public CancellationToken Token { get; }

    public bool WasCancelled { get; private set; }

    public bool HasEnded { get; private set; }

    /// <summary>Tells how the request ended that it is a copy of: nobody waits for what a client has given up.</summary>
    public void RequestEnded(RequestOutcome outcome)
    {
        if (outcome.EndedBy == RequestEnd.Client) Cancel();
    }

    public void Cancel()
    {
        lock (_ending)
        {
            if (HasEnded) return;
            WasCancelled = true;
            _source.Cancel();
        }
    }

    public void Dispose()
    {
        lock (_ending)
        {
            if (HasEnded) return;
            HasEnded = true;
        }

        Message.Dispose();
        _source.Dispose();
    }
}
