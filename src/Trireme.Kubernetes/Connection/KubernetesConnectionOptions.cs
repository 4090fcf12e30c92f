namespace Trireme.Kubernetes;

/// <summary>Where the API server is and how a client proves who it is, given as plain values.</summary>
public sealed record KubernetesConnectionOptions
{
    /// <summary>Base address, such as https://127.0.0.1:6443.</summary>
    public required Uri Server { get; init; }

    /// <summary>PEM text of the authority that signed the server's certificate; the machine's trust store when absent.</summary>
    public string? CertificateAuthorityPem { get; init; }

    public string? BearerToken { get; init; }

    /// <summary>Longest wait for an answer; watches are not limited by it. 30 s by default.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
