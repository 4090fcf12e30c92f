using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Trireme.Contracts.Storage;

namespace Trireme.Connection;

/// <summary>
/// Trusts the gateway of this machine by the very certificate it was given, whatever name or authority that has: clients here call
/// it by a loopback address.
/// </summary>
internal static class PinnedCertificate
{
    /// <param name="certificateFile">PEM file whose first certificate is trusted; null trusts as the machine does.</param>
    public static SocketsHttpHandler Handler(string? certificateFile)
    {
        var handler = new SocketsHttpHandler();
        if (certificateFile is not null)
        {
            handler.SslOptions.RemoteCertificateValidationCallback = (_, presented, _, errors) =>
                errors == SslPolicyErrors.None || (presented is not null && IsIn(certificateFile, presented));
        }

        return handler;
    }

    /// <summary>The file is read for each connection, as the certificate may have been renewed.</summary>
    private static bool IsIn(string file, X509Certificate presented)
    {
        try
        {
            using X509Certificate2 known = X509Certificate2.CreateFromPem(SmallFile.ReadAllText(file));
            return known.RawDataMemory.Span.SequenceEqual(presented.GetRawCertData());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            // A certificate that cannot be read vouches for nothing; the connection is refused as untrusted.
            return false;
        }
    }
}
