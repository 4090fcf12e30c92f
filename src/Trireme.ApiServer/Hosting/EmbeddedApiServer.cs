using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Trireme.ApiServer.Security;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Metrics;
using Trireme.Contracts.Storage;

namespace Trireme.ApiServer.Hosting;

/// <summary>A complete API server on the loopback interface, with its own data folder, certificate, token and kubeconfig.</summary>
public sealed class EmbeddedApiServer : IAsyncDisposable
{
    /// <summary>The user of the token that lies in the data folder: whoever can read it owns the platform.</summary>
    private static readonly UserInfo Administrator = new()
    {
        Name = "trireme-admin",
        Groups = [WellKnownGroups.Masters, WellKnownGroups.Authenticated],
    };

    private readonly WebApplication _app;
    private readonly ServerCertificate _certificate;
    private readonly string? _temporaryFolder;

    private EmbeddedApiServer(WebApplication app, ServerCertificate certificate, string folder, string token, bool temporary)
    {
        _app = app;
        _certificate = certificate;
        _temporaryFolder = temporary ? folder : null;
        Token = token;
        KubeconfigPath = Path.Combine(folder, "kubeconfig");
        string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        BaseAddress = new Uri(address);
        Metrics = app.Services.GetRequiredService<ApiServerOptions>().Metrics;
    }

    public Uri BaseAddress { get; }

    /// <summary>The administrator's bearer token; kept in the data folder over restarts.</summary>
    public string Token { get; }

    /// <summary>A kubeconfig with the address, the authority and the token.</summary>
    public string KubeconfigPath { get; }

    /// <summary>Certificate of the authority clients must trust, in PEM.</summary>
    public string AuthorityPem => _certificate.AuthorityPem;

    public MetricRegistry Metrics { get; }

    /// <summary>Starts a server and returns when it is ready.</summary>
    public static async Task<EmbeddedApiServer> StartAsync(
        EmbeddedApiServerOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new EmbeddedApiServerOptions();
        string folder = options.DataFolder ?? Directory.CreateTempSubdirectory("trireme-apiserver-").FullName;
        string token = LoadOrCreateToken(folder);
        ApiServerOptions server = options.Configure(new ApiServerOptions
        {
            DatabasePath = Path.Combine(folder, "objects.db"),
            Authenticators = Authenticators(folder, token),
        });
        // Certificates are checked against the real clock by everyone who connects.
        ServerCertificate certificate = ServerCertificate.LoadOrCreate(Path.Combine(folder, "pki"), TimeProvider.System);

        if (options.PublishAuthority) server = server with { PublishedAuthority = certificate.AuthorityPem };
        WebApplication app = Build(options, server, certificate);
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch
        {
            await app.DisposeAsync();
            certificate.Dispose();
            throw;
        }

        var embedded = new EmbeddedApiServer(app, certificate, folder, token, temporary: options.DataFolder is null);
        Kubeconfig.Write(embedded.KubeconfigPath, embedded.BaseAddress, embedded.AuthorityPem, token);
        return embedded;
    }

    /// <summary>A client that trusts the server and carries the token. The caller disposes of it.</summary>
    public HttpClient CreateClient()
    {
        var handler = new SocketsHttpHandler
        {
            SslOptions = { CertificateChainPolicy = ServerCertificate.Trust(_certificate.Authority) },
            AutomaticDecompression = DecompressionMethods.None,
        };
        return new HttpClient(handler)
        {
            BaseAddress = BaseAddress,
            DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", Token) },
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _certificate.Dispose();
        if (_temporaryFolder is not null) Directory.Delete(_temporaryFolder, recursive: true);
    }

    private static WebApplication Build(EmbeddedApiServerOptions options, ApiServerOptions server, ServerCertificate certificate)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        // The host's word first: what it says of endpoints holds for those that come after.
        options.WebHost?.Invoke(builder.WebHost);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, options.Port, listen => listen.UseHttps(certificate.Server));
        });
        builder.Services.AddRoutingCore();
        builder.Services.AddLogging(logging => options.Logging?.Invoke(logging));
        builder.Services.AddTriremeApiServer(server);

        WebApplication app = builder.Build();
        app.UseRouting();
        app.MapTriremeApi();
        return app;
    }

    private static IReadOnlyList<ITokenAuthenticator> Authenticators(string folder, string token)
    {
        var administrator = new StaticTokenAuthenticator(new Dictionary<string, UserInfo> { [token] = Administrator });
        string further = Path.Combine(folder, "tokens.csv");
        return Path.Exists(further) ? [administrator, TokenFile.Read(further)] : [administrator];
    }

    private static string LoadOrCreateToken(string folder)
    {
        string path = Path.Combine(folder, "token");
        if (!Path.Exists(path))
        {
            string made = StaticTokenAuthenticator.NewToken();
            PrivateFile.Write(path, made);
            return made;
        }

        string token = SmallFile.ReadAllText(path).Trim();
        if (token.Length > 0 && token.All(static c => c is > ' ' and <= '~')) return token;
        throw new InvalidDataException(
            $"The administrator's token in {path} is empty or holds what cannot be sent in a header. Delete the file for a new token; "
            + "who copied the kubeconfig then needs it again.");
    }
}
