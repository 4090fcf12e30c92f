using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Storage;
using Trireme.Settings;

namespace Trireme.Hosting.Listening;

/// <summary>
/// A listener's certificate, read again when its files change, so that renewing it needs no restart. While the new files cannot be
/// used, as between the writes of the two, the old certificate serves on.
/// </summary>
internal sealed partial class TlsCertificate
{
    /// <summary>Longest use of a certificate whose files have changed; looking takes two calls of the system.</summary>
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(5);

    private readonly TlsSettings _files;
    private readonly Lock _lock = new();
    private SslStreamCertificateContext _context;
    private (DateTime Certificate, DateTime Key) _stamp;
    private (DateTime Certificate, DateTime Key) _refused;
    private long _checked;

    private TlsCertificate(TlsSettings files)
    {
        _files = files;
        _stamp = Stamp();
        _context = Read();
    }

    /// <exception cref="CommandException">The files cannot be read, or do not belong together.</exception>
    public static TlsCertificate Load(TlsSettings files)
    {
        try
        {
            return new TlsCertificate(files);
        }
        catch (Exception exception) when (IsUnusable(exception))
        {
            throw new CommandException(
                $"the certificate of gateway.tls cannot be used: {Clause.Of(exception)}; certificateFile "
                + $"({files.CertificateFile}) and keyFile ({files.KeyFile}) must be PEM files that belong together, without a password",
                exception is IOException or UnauthorizedAccessException ? ExitCode.OfFile(exception) : ExitCode.Invalid,
                exception);
        }
    }

    /// <summary>What a handshake that begins now presents.</summary>
    public SslStreamCertificateContext Current(TimeProvider time, ILogger logger)
    {
        lock (_lock)
        {
            if (_checked != 0 && time.GetElapsedTime(_checked) < CheckInterval) return _context;
            _checked = time.GetTimestamp();
            (DateTime Certificate, DateTime Key) stamp = Stamp();
            if (stamp == _stamp) return _context;
            try
            {
                _context = Read();
                _stamp = stamp;
                LogRead(logger, _files.CertificateFile!, _context.TargetCertificate.NotAfter);
            }
            catch (Exception exception) when (IsUnusable(exception))
            {
                if (stamp != _refused) LogUnusable(logger, _files.CertificateFile!, exception.Message);
                _refused = stamp;
            }

            return _context;
        }
    }

    private SslStreamCertificateContext Read()
    {
        string pem = SmallFile.ReadAllText(_files.CertificateFile!);
        X509Certificate2 certificate = X509Certificate2.CreateFromPem(pem, SmallFile.ReadAllText(_files.KeyFile!));
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(pem);
        return SslStreamCertificateContext.Create(certificate, chain, offline: true);
    }

    private (DateTime Certificate, DateTime Key) Stamp() =>
        (File.GetLastWriteTimeUtc(_files.CertificateFile!), File.GetLastWriteTimeUtc(_files.KeyFile!));

    private static bool IsUnusable(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException;

    [LoggerMessage(LogLevel.Information, "The certificate in {File} is used from now on; it is valid until {End:u}")]
    private static partial void LogRead(ILogger logger, string file, DateTime end);

    [LoggerMessage(LogLevel.Warning, "The changed certificate in {File} cannot be used; the one before serves on: {Reason}")]
    private static partial void LogUnusable(ILogger logger, string file, string reason);
}
