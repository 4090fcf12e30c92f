using System.Diagnostics;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Security;
using Trireme.ApiServer.Tests.Serving;
using Trireme.Testing;

namespace Trireme.ApiServer.Tests.CustomKinds;

/// <summary>A server in a process of its own is killed right after a definition was made, changed, or deleted.</summary>
public sealed class DefinitionCrashTests
{
    private const string Free = """{"type":"object","x-kubernetes-preserve-unknown-fields":true}""";

    [Fact]
    public async Task Definitions_and_objects_survive_a_killed_process_and_deletions_go_on()
    {
        using var folder = new TemporaryFolder();
        await RunAndKillAsync(folder, async api =>
        {
            await CustomKindServer.EstablishAsync(api, Kind("stays"));
            TestKind going = await CustomKindServer.EstablishAsync(api, Kind("goes"));
            await going.CreateAsync("held", "{}");
            await api.MergeAsync(going.Path("held"), Objects.Parse("""{"metadata":{"finalizers":["example.com/hold"]}}"""));
            await new TestKind(api, Kind("stays")).CreateAsync("one", """{"a":1}""");
            await api.PostAsync(CustomKindServer.Definitions, Kind("late"));
            await api.DeleteAsync(going.Url);
        });
        var options = new EmbeddedApiServerOptions { DataFolder = folder.Path };
        await using EmbeddedApiServer next = await EmbeddedApiServer.StartAsync(options, TestContext.Current.CancellationToken);
        using var api = new Api(next.CreateClient());
        var stays = new TestKind(api, Kind("stays"));
        Assert.Equal("1", (await api.GetAsync(stays.Path("one")))["spec"]!["a"]!.ToString());
        // What was begun is finished: names are accepted, and the objects of what goes are deleted.
        await new TestKind(api, Kind("late")).UntilAsync("Established", "True");
        var goes = new TestKind(api, Kind("goes"));
        await goes.UntilAsync("Terminating", "True");
        await api.MergeAsync(goes.Path("held"), Objects.Parse("""{"metadata":{"finalizers":null}}"""));
        await goes.UntilGoneAsync();
    }

    private static System.Text.Json.Nodes.JsonObject Kind(string plural) => CustomKindServer.Definition(
        plural, CustomKindServer.Version("v1", Objects.Map($$"""{"type":"object","properties":{"spec":{{Free}} } }""")));

    private static async Task RunAndKillAsync(TemporaryFolder folder, Func<Api, Task> use)
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        var start = new ProcessStartInfo(Environment.ProcessPath!, [Program.ServeCommand, folder.Path, "0"]);
        start.RedirectStandardOutput = true;
        using Process server = Process.Start(start)!;
        try
        {
            string address = await server.StandardOutput.ReadLineAsync(cancellation)
                ?? throw new InvalidOperationException("The server did not start.");
            using ServerCertificate certificate = ServerCertificate.LoadOrCreate(folder.File("pki"), TimeProvider.System);
            X509Certificate2 authority = X509CertificateLoader.LoadCertificate(certificate.Authority.RawData);
            var handler = new SocketsHttpHandler { SslOptions = { CertificateChainPolicy = ServerCertificate.Trust(authority) } };
            string token = await File.ReadAllTextAsync(folder.File("token"), cancellation);
            using var api = new Api(new HttpClient(handler)
            {
                BaseAddress = new Uri(address),
                DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
            });
            await use(api);
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync(cancellation);
        }
    }
}
