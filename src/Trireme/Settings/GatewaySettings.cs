using Trireme.Gateway;
using Trireme.Hosting.Responses;
using Trireme.Hosting.Usage;

namespace Trireme.Settings;

/// <summary>The data plane: where it listens and what it takes.</summary>
internal sealed record GatewaySettings
{
    /// <summary>Address to listen on; every other listener stays on loopback.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>0 takes a free one.</summary>
    public int Port { get; init; } = 8080;

    /// <summary>Names it answers to beside its own; "*" for all.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    public TlsSettings Tls { get; init; } = new();

    /// <summary>The body's limit is <see cref="GatewayOptions.MaxRequestBytes"/>.</summary>
    public ListenerLimits Listener { get; init; } = new();

    public GatewayOptions Limits { get; init; } = new();

    public ResponseStoreOptions Responses { get; init; } = new();

    public UsageLedgerOptions Usage { get; init; } = new();
}

/// <summary>Files of a listener's certificate; a listener without them speaks plain HTTP.</summary>
internal sealed record TlsSettings
{
    /// <summary>PEM file with the certificate and, behind it, those that lead to its authority.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>PEM file with the certificate's private key, without a password.</summary>
    public string? KeyFile { get; init; }

    public bool Enabled => CertificateFile is not null && KeyFile is not null;
}
