using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Storage;

namespace Trireme.ApiServer.Security;

/// <summary>
/// A server certificate from a certificate authority of its own, both kept in a folder and renewed in time. Clients trust
/// the authority, which outlives many server certificates.
/// </summary>
public sealed class ServerCertificate : IDisposable
{
    private static readonly TimeSpan AuthorityLifetime = TimeSpan.FromDays(3650);

    /// <summary>Clients refuse server certificates that live much longer than a year.</summary>
    private static readonly TimeSpan ServerLifetime = TimeSpan.FromDays(365);

    private static readonly TimeSpan RenewalMargin = TimeSpan.FromDays(30);

    /// <summary>Allows for clients whose clock is behind.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromHours(1);

    private ServerCertificate(X509Certificate2 authority, X509Certificate2 server)
    {
        Authority = authority;
        Server = server;
    }

    /// <summary>The certificate clients trust.</summary>
    public X509Certificate2 Authority { get; }

    /// <summary>The certificate to serve with, with its private key.</summary>
    public X509Certificate2 Server { get; }

    public string AuthorityPem => Authority.ExportCertificatePem();

    /// <summary>Loads the certificates from the folder, making those that are absent, near their end or for other host names.</summary>
    /// <param name="folder">Folder of ca.crt, ca.key, server.crt and server.key; only the owner may read them.</param>
    /// <param name="time">The clock that decides about renewal.</param>
    /// <param name="extraHosts">Host names and addresses to serve beside localhost, the loopback addresses and the machine's name.</param>
    /// <exception cref="InvalidDataException">
    /// The authority cannot be read. Nobody but a person replaces it, because every client that trusts it would be locked out.
    /// </exception>
    public static ServerCertificate LoadOrCreate(string folder, TimeProvider time, params IReadOnlyList<string> extraHosts)
    {
        DateTimeOffset now = time.GetUtcNow();
        string[] hosts = [.. new[] { "localhost", "127.0.0.1", "::1", Environment.MachineName }.Concat(extraHosts).Distinct()];
        X509Certificate2? authority = LoadAuthority(folder);
        if (authority is null || IsEnding(authority, now))
        {
            authority?.Dispose();
            authority = CreateAuthority(now);
            Save(folder, "ca", authority);
        }

        X509Certificate2? server = LoadServer(folder);
        if (server is null || IsEnding(server, now) || !IsFrom(authority, server) || !hosts.All(host => server.MatchesHostname(host)))
        {
            server?.Dispose();
            server = CreateServer(authority, hosts, now);
            Save(folder, "server", server);
        }

        return new ServerCertificate(authority, server);
    }

    public void Dispose()
    {
        Authority.Dispose();
        Server.Dispose();
    }

    private static X509Certificate2? LoadAuthority(string folder)
    {
        string certificate = Path.Combine(folder, "ca.crt");
        string key = Path.Combine(folder, "ca.key");

        // The key is written first: one without a certificate is what a death while both were made leaves.
        if (!Path.Exists(certificate)) return null;
        try
        {
            return X509Certificate2.CreateFromPem(SmallFile.ReadAllText(certificate), SmallFile.ReadAllText(key));
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException or FileNotFoundException)
        {
            throw new InvalidDataException(
                $"The authority of the API server's certificate cannot be read ({Clause.Of(exception)}). Put a backup of "
                + $"{certificate} and {key} in place, or delete both for a new authority; who copied the kubeconfig then needs it again.",
                exception);
        }
    }

    /// <summary>Null if it cannot be read: the authority signs another.</summary>
    private static X509Certificate2? LoadServer(string folder)
    {
        try
        {
            return X509Certificate2.CreateFromPem(
                SmallFile.ReadAllText(Path.Combine(folder, "server.crt")), SmallFile.ReadAllText(Path.Combine(folder, "server.key")));
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException
            or FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private static void Save(string folder, string name, X509Certificate2 certificate)
    {
        using ECDsa key = certificate.GetECDsaPrivateKey()!;
        PrivateFile.Write(Path.Combine(folder, name + ".key"), key.ExportPkcs8PrivateKeyPem());
        PrivateFile.Write(Path.Combine(folder, name + ".crt"), certificate.ExportCertificatePem());
    }

    private static bool IsEnding(X509Certificate2 certificate, DateTimeOffset now) =>
        certificate.NotAfter.ToUniversalTime() < now + RenewalMargin;

    private static bool IsFrom(X509Certificate2 authority, X509Certificate2 server)
    {
        using var chain = new X509Chain { ChainPolicy = Trust(authority) };
        // Only the signature is asked here; the dates are compared with the given clock.
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid;
        return chain.Build(server);
    }

    /// <summary>A policy that trusts this authority and nothing else.</summary>
    internal static X509ChainPolicy Trust(X509Certificate2 authority)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(authority);
        return policy;
    }

    private static X509Certificate2 CreateAuthority(DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Trireme local authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request.CreateSelfSigned(now - ClockSkew, now + AuthorityLifetime);
    }

    private static X509Certificate2 CreateServer(X509Certificate2 authority, string[] hosts, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=trireme-apiserver", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        foreach (string host in hosts)
        {
            if (IPAddress.TryParse(host, out IPAddress? address)) names.AddIpAddress(address);
            else names.AddDnsName(host);
        }

        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(
            authority, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        using X509Certificate2 signed = request.Create(
            authority, now - ClockSkew, now + ServerLifetime, RandomNumberGenerator.GetBytes(16));
        return signed.CopyWithPrivateKey(key);
    }
}
