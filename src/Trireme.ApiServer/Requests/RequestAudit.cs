using Trireme.ApiServer.Hosting;
using Trireme.Contracts.Audit;
using Trireme.Contracts.Http;

namespace Trireme.ApiServer.Requests;

/// <summary>
/// Records what became of each request, refused ones included, once it has been answered; watches when they end. Without
/// a sink there is nothing to refer to, so answers carry no id either.
/// </summary>
internal sealed class RequestAudit(ApiServerOptions options)
{
    private const string Surface = "apiserver";

    /// <summary>nginx' code for a request whose client left, which no answer can carry.</summary>
    private const int ClientClosedRequest = 499;

    private readonly IAuditSink? _sink = options.AuditSink;

    /// <summary>Gives the request its id; null without a sink.</summary>
    public Entry? Begin(RequestState request)
    {
        if (_sink is null) return null;
        var entry = new Entry(Guid.NewGuid().ToString(), options.Time.GetUtcNow(), options.Time.GetTimestamp());
        request.Http.Response.Headers[TriremeHeaders.AuditId] = entry.Id;
        return entry;
    }

    public void End(Entry? entry, RequestState request)
    {
        if (entry is null) return;
        string agent = request.Http.Request.Headers.UserAgent.ToString();
        _sink!.Record(new AuditEvent
        {
            Id = entry.Id,
            Surface = Surface,
            ReceivedAt = entry.ReceivedAt,
            DurationSeconds = options.Time.GetElapsedTime(entry.Started).TotalSeconds,
            User = request.User,
            SourceAddress = request.Http.Connection.RemoteIpAddress?.ToString(),
            UserAgent = agent.Length > 0 ? agent : null,
            Access = request.Access ?? request.Info.For(request.User),
            Decision = request.Decision,
            StatusCode = request.ClientLeft ? ClientClosedRequest : request.Http.Response.StatusCode,
        });
    }

    internal sealed record Entry(string Id, DateTimeOffset ReceivedAt, long Started);
}
