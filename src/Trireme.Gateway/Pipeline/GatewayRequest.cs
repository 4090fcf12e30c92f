using System.Buffers;
using Microsoft.AspNetCore.Http;
using Trireme.Contracts.Identity;
using Trireme.Fleet.Limits;
using Trireme.Fleet.Scaling;
using Trireme.Gateway.Accounting;
using Trireme.Gateway.Admission;
using Trireme.Gateway.Dialects;
using Trireme.Gateway.Dialects.Responses;
using Trireme.Gateway.Forwarding;
using Trireme.Gateway.Limits;
using Trireme.Gateway.Routing;
using Trireme.Gateway.Shadowing;
using Trireme.Gateway.Surface;
using Trireme.Governance.ApiKeys;

namespace Trireme.Gateway.Pipeline;

/// <summary>One request on its way through the stages. What a stage has found out is null before it.</summary>
/// <param name="http">Request and response.</param>
/// <param name="route">The address it came to.</param>
/// <param name="arrived">Timestamp of arrival.</param>
/// <param name="id">The id that the answer carries.</param>
internal sealed class GatewayRequest(HttpContext http, ApiRoute route, long arrived, string id) : IDisposable
{
    public HttpContext Http { get; } = http;

    public ApiRoute Route { get; } = route;

    public long Arrived { get; } = arrived;

    public string Id { get; } = id;

    /// <summary>Name of the stage it is in.</summary>
    public string Stage { get; set; } = "arrive";

    /// <summary>Who calls.</summary>
    public ApiKeyIdentity? Caller { get; set; }

    /// <summary>The body, where the route has one.</summary>
    public BufferedBody? Body { get; set; }

    /// <summary>What the body says, where it names the model.</summary>
    public RequestScan Scan { get; set; }

    /// <summary>The services of the caller's namespace; null where there are none to show.</summary>
    public LiveNamespace? Tenant { get; set; }

    /// <summary>The response that the address names, where it is one's.</summary>
    public KeptResponse? Kept { get; set; }

    /// <summary>Name of the service as the request has it.</summary>
    public string Model { get; set; } = "";

    /// <summary>The service it is for; null while it is unknown or not the caller's to use.</summary>
    public LiveService? Service { get; set; }

    /// <summary>How much work it is expected to be, in thousandths of a usual request's of its service.</summary>
    public long Work { get; set; } = RequestWeights.Usual;

    /// <summary>Keeps the client on one release, or a random number.</summary>
    public ulong StickyKey { get; set; }

    /// <summary>What the caller wants to do.</summary>
    public AccessRequest? Access { get; set; }

    public AccessDecision? Decision { get; set; }

    /// <summary>What is known of the answer so far.</summary>
    public AnswerProgress Progress { get; } = new();

    /// <summary>The client wants a stream of events.</summary>
    public bool WantsStream => Route.Streams && Scan.Stream;

    /// <summary>What to change in the body so that a stream reports its tokens; null to forward it as it is.</summary>
    public BodyPatch? UsagePatch => !Route.Streams || Answer is not null ? null : CountsTokens ? Scan.MeteredPatch : Scan.UsagePatch;

    /// <summary>What the client gets to see of what its stream reports.</summary>
    public UsageShown UsageShown => UsagePatch is null ? UsageShown.All
        : !CountsTokens ? UsageShown.NoExtraEvent
        : Scan.AsksUsage ? UsageShown.AtEnd
        : UsageShown.Nothing;

    /// <summary>Counts what it uses of the limits that hold for it; null before it has a place, and where nothing is limited.</summary>
    public UsageMeter? Meter { get; set; }

    /// <summary>The limit that had no room for it, or for all of its answer; null where none lacked it.</summary>
    public LimitDenial? Denial { get; private set; }

    private bool CountsTokens => Meter is { CountsTokens: true };

    /// <summary>Address at the replica: the client's own, unless its request was translated.</summary>
    public string Target { get; private set; } = http.Request.Path + http.Request.QueryString;

    /// <summary>Says the answer in the client's dialect; null where it goes on as it comes.</summary>
    public AnswerTranslation? Answer { get; private set; }

    /// <summary>Cancelled when the client has closed the connection.</summary>
    public CancellationToken ClientLeft => Http.RequestAborted;

    /// <summary>The copy of it that a shadowing release got; null where it got none.</summary>
    public ShadowCopy? Copy { get; set; }

    /// <summary>Replaces the request by one that an engine reads.</summary>
    /// <param name="target">Address at the replica.</param>
    /// <param name="body">What it gets.</param>
    /// <param name="answer">What becomes of its answer.</param>
    public void Translate(string target, BufferedBody body, AnswerTranslation answer)
    {
        Body?.Dispose();
        (Target, Body, Answer) = (target, body, answer);
    }

    /// <summary>An error as the last event of a stream.</summary>
    public ReadOnlyMemory<byte> EventOf(GatewayError error)
    {
        if (Answer is not { } answer) return error.ToEvent(Route.Dialect);
        var written = new ArrayBufferWriter<byte>();
        answer.Fail(error, written);
        return written.WrittenMemory;
    }

    /// <summary>Ends it for want of room within a limit; what its client is told.</summary>
    public GatewayError Deny(LimitDenial denial)
    {
        Denial = denial;
        return LimitErrors.Of(denial);
    }

    public void Dispose()
    {
        Body?.Dispose();
        Answer?.Dispose();
    }
}
