namespace Trireme.Dashboard;

/// <summary>Where the dashboard reads from. It keeps nothing itself.</summary>
public sealed record DashboardOptions
{
    /// <summary>Base address of the Kubernetes-style API.</summary>
    public required Uri Api { get; init; }

    /// <summary>Bearer token of the API.</summary>
    public required string ApiToken { get; init; }

    /// <summary>Certificate of the authority that signed the API's certificate, in PEM.</summary>
    public required string ApiCertificateAuthorityPem { get; init; }

    /// <summary>Base address of a server that speaks Prometheus' query API.</summary>
    public required Uri Telemetry { get; init; }

    /// <summary>Bearer token of that server; null where it asks for none.</summary>
    public string? TelemetryKey { get; init; }

    /// <summary>OpenAI base URL, ending in /v1/.</summary>
    public required Uri Gateway { get; init; }

    /// <summary>API key the playground talks to the gateway with.</summary>
    public required string ApiKey { get; init; }

    /// <summary>What commands on pages say behind their words to mean this platform, such as --data-dir; often nothing.</summary>
    public string ForCommands { get; init; } = "";

    /// <summary>Longest wait for one answer of the API or the metrics.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Requests that one page has under way at a time.</summary>
    public int MaxConcurrentRequests { get; init; } = 4;

    /// <summary>Makes the connections to the gateway, whose certificate may be one that the machine does not trust.</summary>
    public Func<HttpMessageHandler> GatewayHandler { get; init; } = static () => new SocketsHttpHandler();
}
