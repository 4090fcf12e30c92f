using Microsoft.AspNetCore.Http;
using Trireme.ApiServer.Hosting;
using Trireme.Contracts.Audit;
using Trireme.Contracts.Http;

namespace Trireme.ApiServer.Requests;

/// <summary>
/// Gives each request an id, by which client and server speak of the same one, and records what became of it, refused ones included, once
/// it has been answered; watches when they end. Without a sink nothing is recorded.
/// </summary>
internal sealed class RequestAudit(ApiServerOptions options)
{
    private const string Surface = "apiserver";

    /// <summary>nginx' code for a request whose client left, which no answer can carry.</summary>
    private const int ClientClosedRequest = 499;

    private const int MaxIdLength = 64;

    private readonly IAuditSink? _sink = options.AuditSink;

    /// <summary>Gives the request its id; null where nothing will be recorded.</summary>
    public Entry? Begin(RequestState request)
    {
        string id = IdOf(request.Http.Request);
        request.Http.Response.Headers[TriremeHeaders.AuditId] = id;
        return _sink is null ? null : new Entry(id, options.Time.GetUtcNow(), options.Time.GetTimestamp());
    }

    /// <summary>A client that gives the request an id itself follows it through several servers by that.</summary>
    private static string IdOf(HttpRequest request)
    {
        string given = request.Headers[TriremeHeaders.AuditId].ToString();
        bool fits = given.Length is > 0 and <= MaxIdLength && given.All(static c => c is > ' ' and <= '~');
        return fits ? given : Guid.NewGuid().ToString();
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
            User = request.Caller,
            ImpersonatedUser = ReferenceEquals(request.User, request.Caller) ? null : request.User,
            SourceAddress = request.Http.Connection.RemoteIpAddress?.ToString(),
            UserAgent = agent.Length > 0 ? agent : null,
            Access = request.Access ?? request.Info.For(request.User),
            Decision = request.Decision,
            StatusCode = request.ClientLeft ? ClientClosedRequest : request.Http.Response.StatusCode,
        });
    }

    internal sealed record Entry(string Id, DateTimeOffset ReceivedAt, long Started);
}
