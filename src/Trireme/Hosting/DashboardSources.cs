using Trireme.Connection;
using Trireme.Dashboard;
using Trireme.Hosting.Access;
using Trireme.Kubernetes;

namespace Trireme.Hosting;

/// <summary>Where the dashboard of a platform reads: from the platform's own addresses, with its own keys.</summary>
internal static class DashboardSources
{
    /// <param name="data">The platform's folder.</param>
    /// <param name="access">The way to the API server.</param>
    /// <param name="dashboard">Base URL of the dashboard's own port, which has the query API.</param>
    /// <param name="secrets">The keys of that port.</param>
    /// <param name="gateway">Base URL of the gateway.</param>
    /// <param name="apiKey">A key of the gateway.</param>
    /// <param name="gatewayCertificate">PEM file of a gateway that speaks TLS.</param>
    public static DashboardOptions Of(
        DataFolderLayout data,
        KubernetesConnectionOptions access,
        string dashboard,
        DashboardSecrets secrets,
        string gateway,
        string apiKey,
        string? gatewayCertificate) => new()
    {
        Api = access.Server,
        ApiToken = access.BearerToken!,
        ApiCertificateAuthorityPem = access.CertificateAuthorityPem!,
        Telemetry = new Uri(dashboard),
        TelemetryKey = secrets.TelemetryKey,
        Gateway = new Uri(gateway + "/v1/"),
        ApiKey = apiKey,
        ForCommands = data.ForCommands,
        GatewayHandler = () => PinnedCertificate.Handler(gatewayCertificate),
    };
}
