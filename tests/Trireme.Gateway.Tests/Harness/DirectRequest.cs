using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Trireme.Gateway.Accounting;
using Trireme.Gateway.Admission;
using Trireme.Gateway.Dialects;
using Trireme.Gateway.Forwarding;
using Trireme.Gateway.Pipeline;
using Trireme.Gateway.Routing;
using Trireme.Gateway.Surface;
using Trireme.Governance.ApiKeys;

namespace Trireme.Gateway.Tests.Harness;

/// <summary>
/// A request for the service "chat" that is handed to the forwarder without a server in front, so that its outcome can be seen.
/// </summary>
internal sealed class DirectRequest : IDisposable
{
    private readonly GatewayFixture _gateway;

    private DirectRequest(GatewayFixture gateway, GatewayRequest request, ClientBody answer)
    {
        _gateway = gateway;
        Request = request;
        Answer = answer;
    }

    public GatewayRequest Request { get; }

    /// <summary>What the client has got.</summary>
    public ClientBody Answer { get; }

    public static async Task<DirectRequest> CreateAsync(GatewayFixture gateway, bool stream, CancellationToken clientLeft)
    {
        const string path = "/v1/chat/completions";
        byte[] body = Encoding.UTF8.GetBytes($"{{\"model\":\"chat\"{(stream ? ",\"stream\":true" : "")}}}");
        var answer = new ClientBody();
        var http = new DefaultHttpContext { RequestServices = gateway.Services, RequestAborted = clientLeft };
        http.Request.Method = "POST";
        http.Request.Path = path;
        http.Request.Body = new MemoryStream(body);
        http.Response.Body = answer;
        ApiRoute route = ApiSurface.Routes.Single(route => route.Path == path && route.Operation == ApiOperation.Infer);
        BodyReading read = await BufferedBody.ReadAsync(
            http.Request, 1 << 20, new BodyMemory(1 << 24), "team-a", TestContext.Current.CancellationToken);
        var request = new GatewayRequest(http, route, gateway.Time.GetTimestamp(), "req_1")
        {
            Caller = new ApiKeyIdentity("team-a", "abcdefgh", "test"),
            Body = read.Body,
            Model = "chat",
        };
        Assert.Null(RequestScan.TryRead(body, out RequestScan scan));
        request.Scan = scan;
        request.Tenant = gateway.Routes.Current.Find("team-a");
        if (request.Tenant is { } tenant && tenant.TryFind("chat", out LiveService? service)) request.Service = service;
        return new DirectRequest(gateway, request, answer);
    }

    /// <summary>A request of which only what its client gets is of interest.</summary>
    public static DirectRequest ForOutput(Stream client)
    {
        var http = new DefaultHttpContext();
        http.Response.Body = client;
        return new DirectRequest(null!, new GatewayRequest(http, ApiSurface.Routes[0], arrived: 0, "req_1"), new ClientBody());
    }

    /// <summary>Has the answer told in a dialect; null leaves it as it is.</summary>
    public void Translate(AnswerTranslation? answer)
    {
        if (answer is null) return;
        var body = new BufferedBody(1 << 20, new BodyMemory(1 << 24), "team-a");
        body.Write("{}"u8);
        Request.Translate("/v1/chat/completions", body, answer);
    }

    public Task<RequestOutcome> ForwardAsync() => _gateway.Services.GetRequiredService<Forwarder>().ForwardAsync(Request);

    public void Dispose() => Request.Dispose();
}

/// <summary>What a client gets.</summary>
internal sealed class ClientBody : MemoryStream
{
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when something has come and the gateway has been told so.</summary>
    public Task Begun => _begun.Task;

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        await base.FlushAsync(cancellationToken);
        if (Length > 0) _begun.TrySetResult();
    }
}
