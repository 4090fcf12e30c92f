using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Trireme.Connection;
using Trireme.Contracts.Http;
using Trireme.Contracts.Metrics;
using Trireme.Hosting;
using Trireme.Hosting.Listening;
using Trireme.Hosting.Logging;
using Trireme.Settings;
using Trireme.Testing;

namespace Trireme.Tests.Hosting;

public sealed class TlsCertificateTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly TemporaryFolder _folder = new();

    private TlsSettings Files => new() { CertificateFile = _folder.File("tls.crt"), KeyFile = _folder.File("tls.key") };

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task A_gateway_with_a_certificate_speaks_tls_to_who_trusts_it(string version)
    {
        Write("gateway.example", 1);
        using BoundListener listener = BoundListener.Bind(new ListenerDeclaration
        {
            Part = "gateway", Host = "127.0.0.1", Port = 0, PortOption = "--port", Limits = new ListenerLimits(), Tls = Files,
            Metrics = new MetricRegistry(), Callers = new CallerRules { Part = "gateway" },
            Refuse = (context, refusal) => context.Response.WriteAsync(refusal.Message),
        });
        Assert.StartsWith("https://127.0.0.1:", listener.BaseUrl, StringComparison.Ordinal);
        var quiet = new LogSettings { Level = LogLevel.Error, File = new LogFileSettings { Enabled = false } };
        using PlatformLog log = PlatformLog.Open(quiet, _folder.File("trireme.log"), new MetricRegistry(), TimeProvider.System);
        await using WebApplication app = PartApplication.CreateBuilder(listener, log, TimeSpan.FromSeconds(1)).Build();
        app.Run(context => context.Response.WriteAsync($"{context.Request.Scheme} {context.Request.Protocol}"));
        await app.StartAsync(TestContext.Current.CancellationToken);

        Assert.Equal($"https HTTP/{version.Replace("2.0", "2", StringComparison.Ordinal)}", await AskAsync(Files.CertificateFile));
        await Assert.ThrowsAsync<HttpRequestException>(() => AskAsync(null));

        // Another certificate of the same name is not the one that was given.
        Write("gateway.example", 2, "other");
        await Assert.ThrowsAsync<HttpRequestException>(() => AskAsync(_folder.File("other.crt")));

        async Task<string> AskAsync(string? trusted)
        {
            using var client = new HttpClient(PinnedCertificate.Handler(trusted))
            {
                DefaultRequestVersion = Version.Parse(version), DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
            return await client.GetStringAsync(new Uri(listener.BaseUrl), TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public void Changed_files_are_used_after_a_while()
    {
        var time = new FakeTimeProvider(Start);
        Write("old.example", 1);
        TlsCertificate certificate = TlsCertificate.Load(Files);
        Assert.Equal("CN=old.example", Subject(certificate, time));
        Write("new.example", 2);
        Assert.Equal("CN=old.example", Subject(certificate, time));
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("CN=new.example", Subject(certificate, time));
    }

    [Fact]
    public void Files_that_do_not_belong_together_leave_the_old_certificate_until_they_do()
    {
        var time = new FakeTimeProvider(Start);
        Write("old.example", 1);
        TlsCertificate certificate = TlsCertificate.Load(Files);
        string key = File.ReadAllText(Files.KeyFile!);
        Write("new.example", 2);
        string newKey = File.ReadAllText(Files.KeyFile!);
        File.WriteAllText(Files.KeyFile!, key);
        Assert.Equal("CN=old.example", Subject(certificate, time));
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("CN=old.example", Subject(certificate, time));
        File.WriteAllText(Files.KeyFile!, newKey);
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("CN=new.example", Subject(certificate, time));
    }

    [Fact]
    public void Certificates_behind_the_first_are_presented_too()
    {
        Write("authority.example", 1, "authority");
        Write("gateway.example", 1);
        File.AppendAllText(Files.CertificateFile!, "\n" + File.ReadAllText(_folder.File("authority.crt")));
        Assert.Equal("CN=gateway.example", Subject(TlsCertificate.Load(Files), TimeProvider.System));
    }

    [Theory]
    [InlineData("no such file")]
    [InlineData("not a certificate")]
    [InlineData("another key")]
    public void A_certificate_that_cannot_be_used_ends_the_start(string what)
    {
        Write("gateway.example", 1);
        Write("other.example", 2, "other");
        if (what == "no such file") File.Delete(Files.CertificateFile!);
        if (what == "not a certificate") File.WriteAllText(Files.CertificateFile!, "hello");
        if (what == "another key") File.Copy(_folder.File("other.key"), Files.KeyFile!, overwrite: true);
        CommandException exception = Assert.Throws<CommandException>(() => TlsCertificate.Load(Files));
        Assert.StartsWith("the certificate of gateway.tls cannot be used: ", exception.Message, StringComparison.Ordinal);
        Assert.Contains(Files.KeyFile!, exception.Message, StringComparison.Ordinal);
        Assert.Equal(what == "no such file" ? ExitCode.NotFound : ExitCode.Invalid, exception.ExitCode);
    }

    public void Dispose() => _folder.Dispose();

    private static string Subject(TlsCertificate certificate, TimeProvider time) =>
        certificate.Current(time, NullLogger.Instance).TargetCertificate.Subject;

    /// <summary>Makes a self-signed certificate; the number keeps two of the same second apart for whoever looks at file times.</summary>
    private void Write(string name, int number, string file = "tls")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        using X509Certificate2 certificate = request.CreateSelfSigned(Start.AddYears(-1), Start.AddYears(50));
        File.WriteAllText(_folder.File(file + ".crt"), certificate.ExportCertificatePem());
        File.WriteAllText(_folder.File(file + ".key"), key.ExportPkcs8PrivateKeyPem());
        foreach (string path in (string[])[_folder.File(file + ".crt"), _folder.File(file + ".key")])
        {
            File.SetLastWriteTimeUtc(path, Start.UtcDateTime.AddMinutes(number));
        }
    }
}
