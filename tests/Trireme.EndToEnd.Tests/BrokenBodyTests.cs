using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Trireme.Testing;
using Trireme.Testing.Authorisation;

namespace Trireme.EndToEnd.Tests;

/// <summary>A body that its client has broken, sent to every route of every listener that takes one.</summary>
public sealed partial class BrokenBodyTests(PlatformFixture fixture)
{
    private static readonly string[] Chunks = ["80000000", "FFFFFFFFFFFFFFFF", "xyz"];

    private static readonly string[] Methods = ["POST", "PUT", "PATCH"];

    private PlatformProcess Platform => fixture.Platform;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_chunk_that_cannot_be_read_is_its_clients_fault_everywhere()
    {
        Dictionary<string, (Uri Address, string Credentials)> listeners = await ListenersAsync();
        string cookie = await CookieAsync();
        double faultsBefore = await FaultsAsync();
        var wrong = new List<string>();
        var statuses = new Dictionary<string, HashSet<int>>(StringComparer.Ordinal);
        foreach (ClassifiedRoute route in RouteTable.All.Where(route => listeners.ContainsKey(route.Listener) && route.Class != "order"))
        {
            (Uri address, string credentials) = listeners[route.Listener];
            if (route.Class == "session") credentials = cookie;
            foreach (string method in Methods.Where(method => route.Methods.Contains(method) || route.Methods.Contains("*")))
            {
                foreach (string chunk in Chunks)
                {
                    int status = await SendAsync(address, $"{method} {PathOf(route)}", credentials + MediaType(route, method), chunk);
                    if (status is < 200 or >= 500 and not 501) wrong.Add($"{method} {route}, {chunk}: {status}");
                    if (!statuses.TryGetValue($"{method} {route}", out HashSet<int>? seen)) statuses[$"{method} {route}"] = seen = [];
                    seen.Add(status);
                }
            }
        }

        wrong.AddRange(statuses.Where(entry => entry.Value.Count > 1).Select(entry => $"{entry.Key}: {string.Join(", ", entry.Value)}"));
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.Equal(400, Assert.Single(statuses["POST gateway POST /v1/chat/completions"]));
        Assert.Equal(400, Assert.Single(statuses["POST worker POST /v1/chat/completions"]));
        Assert.Equal(400, Assert.Single(statuses["POST dashboard GET,POST /api/v1/query"]));
        Assert.Equal(faultsBefore, await FaultsAsync());
        foreach (string file in Directory.EnumerateFiles(Path.Combine(Platform.DataFolder, "logs"), "*", SearchOption.AllDirectories))
        {
            Assert.DoesNotContain("chunk", await File.ReadAllTextAsync(file, Cancelled), StringComparison.OrdinalIgnoreCase);
        }
    }

    private async Task<Dictionary<string, (Uri, string)>> ListenersAsync()
    {
        JsonObject replica = (await Platform.ListAsync("modelreplicas"))[0];
        string administrator = await File.ReadAllTextAsync(Path.Combine(Platform.DataFolder, "token"), Cancelled);
        return new Dictionary<string, (Uri, string)>
        {
            ["gateway"] = (new Uri(Platform.Gateway), Bearer(Platform.ApiKey)),
            ["dashboard"] = (new Uri(Platform.Dashboard), Bearer(Platform.TelemetryKey)),
            ["apiServer"] = (new Uri((string)Platform.Endpoints["api"]!), Bearer(administrator.Trim())),
            ["worker"] = (new Uri((string)replica["status"]!["endpoint"]!), Bearer(Platform.KeyOf(replica))),
        };
    }

    private async Task<string> CookieAsync()
    {
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
        string token = new Uri(await Platform.SignInLinkAsync()).Fragment[1..];
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["token"] = token });
        using HttpResponseMessage response = await client.PostAsync(Platform.Dashboard + "/signin", form, Cancelled);
        return $"Cookie: {response.Headers.GetValues("Set-Cookie").Single().Split(';')[0]}\r\n";
    }

    private static string Bearer(string key) => $"Authorization: Bearer {key}\r\n";

    private static string MediaType(ClassifiedRoute route, string method)
    {
        string patch = method == "PATCH" ? "application/merge-patch+json" : "application/json";
        return $"Content-Type: {(route.Listener == "dashboard" ? "application/x-www-form-urlencoded" : patch)}\r\n";
    }

    /// <summary>A write is tried only, on names that do not exist.</summary>
    private static string PathOf(ClassifiedRoute route)
    {
        var values = new Dictionary<string, string> { ["version"] = "1", ["model"] = "tiny" };
        return route.Fill(values) + (route.Listener == "apiServer" ? "?dryRun=All" : "");
    }

    /// <summary>The status of the answer.</summary>
    private static async Task<int> SendAsync(Uri server, string line, string headers, string chunk)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(server.Host, server.Port, Cancelled);
        await using Stream stream = await SecuredAsync(client, server);
        string request = $"{line} HTTP/1.1\r\nHost: {server.Authority}\r\n{headers}Transfer-Encoding: chunked\r\n\r\n{chunk}\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), Cancelled);
        using var reader = new StreamReader(stream, Encoding.ASCII);
        string answer = await reader.ReadLineAsync(Cancelled) ?? "";
        return answer.Split(' ') is [_, string status, ..] ? int.Parse(status, CultureInfo.InvariantCulture) : 0;
    }

    private static async Task<Stream> SecuredAsync(TcpClient client, Uri server)
    {
        if (server.Scheme != Uri.UriSchemeHttps) return client.GetStream();
#pragma warning disable CA5359 // The address came from the platform itself.
        var secured = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, static (_, _, _, _) => true);
#pragma warning restore CA5359
        await secured.AuthenticateAsClientAsync(server.Host);
        return secured;
    }

    private async Task<double> FaultsAsync()
    {
        using HttpClient client = Platform.CreateTelemetryClient();
        string metrics = await client.GetStringAsync("/metrics", Cancelled);
        return Faults().Matches(metrics).Sum(match => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));
    }

    [GeneratedRegex(@"^trireme_gateway_unexpected_exceptions_total\{[^}]*\} (\S+)$", RegexOptions.Multiline)]
    private static partial Regex Faults();
}
