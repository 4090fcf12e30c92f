using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Trireme.Operator.Artifacts;

namespace Trireme.Operator.Tests.Artifacts;

/// <summary>Single files of a web server with TLS.</summary>
public sealed class WebFetchTests : IAsyncLifetime
{
    private static readonly byte[] Model = [.. "GGUF"u8, .. HubServer.Weights(2 << 20)];

    private readonly ConcurrentQueue<SeenRequest> _requests = new();
    private readonly X509Certificate2 _certificate = SelfSigned();
    private WebApplication _server = null!;
    private FetchBench _bench = null!;
    private Func<HttpContext, Task> _answer = null!;
    private int[] _ports = null!;

    public async ValueTask InitializeAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(_certificate));
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(_certificate));
        });
        _server = builder.Build();
        _server.Run(async context =>
        {
            HttpRequest request = context.Request;
            _requests.Enqueue(new SeenRequest(
                request.Method,
                context.Connection.LocalPort,
                request.Path,
                request.Headers.Authorization.FirstOrDefault(),
                request.Headers.Range.FirstOrDefault()));
            await _answer(context);
        });
        _answer = context => Results.Bytes(Model, enableRangeProcessing: true, entityTag: new("\"v1\"")).ExecuteAsync(context);
        await _server.StartAsync();
        _ports = [.. _server.Urls.Select(url => new Uri(url).Port)];
        _bench = new FetchBench(new ArtifactOptions(), Http());
    }

    public async ValueTask DisposeAsync()
    {
        _bench.Dispose();
        await _server.DisposeAsync();
        _certificate.Dispose();
    }

    [Fact]
    public async Task A_file_comes_under_its_own_name_and_is_asked_for_once()
    {
        string file = await _bench.FetchedAsync(Address("models/my%20tiny.gguf"));
        Assert.Equal("my tiny.gguf", Path.GetFileName(file));
        Assert.Equal(Model, await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken));
        Assert.Equal(["HEAD", "GET"], _requests.Select(request => request.Method));
    }

    [Fact]
    public async Task A_cut_file_goes_on_if_it_is_still_the_same_and_is_begun_anew_if_not()
    {
        bool cut = false;
        Func<HttpContext, Task> whole = _answer;
        byte[] other = [.. "GGUF"u8, .. HubServer.Weights(2 << 20, seed: 5)];
        _answer = async context =>
        {
            if (context.Request.Method == "GET" && !cut)
            {
                cut = true;
                context.Response.ContentLength = Model.Length;
                await context.Response.Body.WriteAsync(Model.AsMemory(0, 1 << 20));
                await context.Response.Body.FlushAsync();
                context.Abort();
            }
            else if (cut)
            {
                await Results.Bytes(other, enableRangeProcessing: true, entityTag: new("\"v2\"")).ExecuteAsync(context);
            }
            else
            {
                await whole(context);
            }
        };
        string file = await _bench.FetchedAsync(Address("tiny.gguf"));
        Assert.StartsWith("bytes=", _requests.Last().Range, StringComparison.Ordinal);
        Assert.Equal(other, await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_token_stays_with_the_host_it_was_given_for()
    {
        Func<HttpContext, Task> whole = _answer;
        _answer = context =>
        {
            if (context.Connection.LocalPort != _ports[0]) return whole(context);
            context.Response.Redirect($"https://127.0.0.1:{_ports[1]}/signed");
            return Task.CompletedTask;
        };
        await _bench.FetchedAsync(Address("tiny.gguf"), FetchBench.Credentials(("token", "secret-token")));
        Assert.All(
            _requests, request => Assert.Equal(request.Port == _ports[0] ? "Bearer secret-token" : null, request.Authorization));
        Assert.Contains(_requests, request => request.Port == _ports[1]);
    }

    [Theory]
    [InlineData(404, "SourceNotFound", true)]
    [InlineData(403, "SourceRefused", true)]
    [InlineData(503, "SourceUnreachable", false)]
    public async Task An_answer_that_is_no_file_says_what_it_means(int status, string reason, bool isVerdict)
    {
        _answer = context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        };
        FetchProblem problem = await _bench.RefusedAsync(Address("tiny.gguf"));
        Assert.Equal((reason, isVerdict), (problem.Reason, problem.IsVerdict));
    }

    [Fact]
    public async Task A_file_that_changed_at_its_server_is_not_what_the_release_meant()
    {
        await _bench.FetchedAsync(Address("tiny.gguf"));
        FetchOutcome outcome = await _bench.FetchAsync(Address("tiny.gguf"), revision: new string('0', 64));
        Assert.Equal(("SourceChanged", true), (outcome.Problem?.Reason, outcome.Problem?.IsVerdict));
    }

    [Fact]
    public async Task A_file_of_unknown_size_ends_at_the_stores_bound()
    {
        _answer = async context =>
        {
            // A body without a length and without an end.
            if (context.Request.Method == "HEAD")
            {
                context.Response.StatusCode = 405;
                return;
            }

            while (!context.RequestAborted.IsCancellationRequested) await context.Response.Body.WriteAsync(new byte[1 << 16]);
        };
        using var bench = new FetchBench(new ArtifactOptions { MaxBytes = 4 << 20 }, Http());
        FetchProblem problem = await bench.RefusedAsync(Address("tiny.gguf"));
        Assert.Equal(("StoreFull", true), (problem.Reason, problem.IsVerdict));
        Assert.InRange(bench.Store.UsedBytes(), 0, 4 << 20);
    }

    [Theory]
    [InlineData("https://a.example/x", "/y", "https://a.example/y")]
    [InlineData("https://a.example/x", "https://b.example/y", "https://b.example/y")]
    [InlineData("http://127.0.0.1/x", "http://127.0.0.1:81/y", "http://127.0.0.1:81/y")]
    [InlineData("https://a.example/x", "http://a.example/y", null)]
    [InlineData("https://a.example/x", "file:///etc/passwd", null)]
    [InlineData("http://a.example/x", "ftp://a.example/y", null)]
    public void A_redirect_never_leads_to_less_safety(string from, string to, string? next)
    {
        var target = new Uri(to, UriKind.RelativeOrAbsolute);
        if (next is null) Assert.Throws<HttpRequestException>(() => OriginHttp.Next(new Uri(from), target));
        else Assert.Equal(next, OriginHttp.Next(new Uri(from), target).AbsoluteUri);
    }

    [Theory]
    [InlineData("169.254.169.254", true)]
    [InlineData("::ffff:169.254.169.254", true)]
    [InlineData("fe80::1", true)]
    [InlineData("10.0.0.1", false)]
    [InlineData("127.0.0.1", false)]
    [InlineData("2001:db8::1", false)]
    public void Addresses_where_clouds_keep_credentials_are_known(string address, bool isLinkLocal) =>
        Assert.Equal(isLinkLocal, OriginHttp.IsLinkLocal(IPAddress.Parse(address)));

    [Fact]
    public async Task Nothing_is_fetched_from_a_link_local_address()
    {
        using var http = OriginHttp.Create(TimeSpan.FromMinutes(1), TimeProvider.System);
        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => http.SendAsync(
            HttpMethod.Get,
            new Uri("https://169.254.169.254/latest/meta-data"),
            token: null,
            static _ => { },
            TestContext.Current.CancellationToken));
        Assert.Contains("link-local", failure.ToString(), StringComparison.Ordinal);
    }

    private string Address(string path) => $"https://127.0.0.1:{_ports[0]}/{path}";

    private OriginHttp Http()
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false };
        handler.SslOptions.RemoteCertificateValidationCallback =
            (_, certificate, _, _) => certificate?.GetCertHashString() == _certificate.GetCertHashString();
        return new OriginHttp(handler, TimeSpan.FromMinutes(1), TimeProvider.System);
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using X509Certificate2 made = request.CreateSelfSigned(
            new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2099, 1, 1, 0, 0, 0, TimeSpan.Zero));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }
}
