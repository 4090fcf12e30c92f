using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Trireme.Testing;
using Trireme.Testing.Authorisation;

namespace Trireme.EndToEnd.Tests;

/// <summary>
/// Every route of every listener of a running platform, asked by every kind of caller. The classes are in the table's file, what they mean
/// is here; that the table has every route is tried here for the API server and beside the other listeners' code for theirs.
/// </summary>
public sealed class AuthorisationMatrixTests : IAsyncLifetime
{
    private const string UnknownKey = "trk_abcdefgh_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    private const string UserToken = "a-token-of-a-user-without-rights";

    /// <summary>By class: what a caller without a key, with an unknown one, another tenant and another user get; null lets in.</summary>
    private static readonly Dictionary<string, (int? None, int? Unknown, int? Tenant, int? User)> Meaning = new(StringComparer.Ordinal)
    {
        // Everyone who reaches the port from an own page.
        ["open"] = (null, null, null, null),

        // Of the gateway: the service of the key's own namespace, which for others does not exist; and what is the key's own, of which
        // another finds nothing.
        ["infer"] = (401, 401, 404, 401),
        ["own"] = (401, 401, null, 401),

        // Of the API server: its administrator alone, or everyone it knows.
        ["administrator"] = (401, 401, 401, 403),
        ["known"] = (401, 401, 401, null),

        // Of the dashboard's port and a gateway's metrics: who has signed in, and programs with the telemetry key.
        ["session"] = (401, 401, 401, 401),
        ["programs"] = (401, 401, 401, 401),

        // The way in: whoever brings a token that is good once.
        ["token"] = (401, 401, 401, 401),

        // Of a worker: who has the key of its start, the platform.
        ["worker"] = (401, 401, 401, 401),

        // As "worker" or "session", and not tried with the right key because it would change what the next request meets.
        ["order"] = (401, 401, 401, 401),
    };

    private readonly TemporaryFolder _folder = new();
    private PlatformProcess _platform = null!;
    private GatewayProcess _gateway = null!;
    private string _tenantKey = "";
    private Uri _worker = null!;
    private string _workerKey = "";
    private string _cookie = "";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(_folder.File("tokens.csv"), $"{UserToken},ann,7,dev\n", Cancelled);
        _platform = await PlatformProcess.StartAsync(_folder.Path);
        _gateway = await GatewayProcess.StartAsync(_folder.Path);
        await _platform.KubectlAsync("create", "namespace", "tenant");
        _tenantKey = (await _platform.RunAsync("key", "create", "another tenant", "-n", "tenant")).Output.Trim();
        JsonObject replica = (await _platform.ListAsync("modelreplicas"))[0];
        _worker = new Uri((string)replica["status"]!["endpoint"]!);
        _workerKey = _platform.KeyOf(replica);
        _cookie = await SignInAsync();
    }

    [Fact]
    public async Task Every_route_lets_in_whom_its_class_says_and_nobody_else()
    {
        await KeyOfTenantIsKnownAsync();
        var wrong = new List<string>();
        int asked = 0;
        foreach (ClassifiedRoute route in RouteTable.All)
        {
            foreach (string method in route.Methods.SelectMany(method => Methods(route, method)))
            {
                foreach ((string caller, Action<HttpRequestMessage> present, int? expected) in Callers(route))
                {
                    using HttpRequestMessage request = Request(route, method);
                    present(request);
                    int status = await SendAsync(route.Listener, request);
                    asked++;
                    bool isRight = expected is { } refused ? status == refused : status is not (401 or 403 or 421 or (>= 500 and not 501));
                    if (!isRight) wrong.Add($"{method} {route}, {caller}: {status} instead of {expected?.ToString() ?? "an answer"}");
                }
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(asked > 1000, $"{asked} requests");
        TestContext.Current.TestOutputHelper?.WriteLine($"{RouteTable.All.Count} routes, {asked} requests");
    }

    [Fact]
    public async Task Every_route_of_the_API_server_is_classified()
    {
        using HttpClient client = Client("apiServer");
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", AdministratorToken);
        client.DefaultRequestHeaders.Accept.ParseAdd("application/json");
        JsonNode root = await ReadAsync(client, "/");
        IEnumerable<(IEnumerable<string>, string)> found =
            [(["GET"], "/"), .. root["paths"]!.AsArray().Select(path => ((IEnumerable<string>)["GET"], (string)path!))];
        JsonNode groups = await ReadAsync(client, "/openapi/v3");
        foreach ((string group, _) in groups["paths"]!.AsObject())
        {
            found = found.Append((["GET"], $"/openapi/v3/{group}"));
            JsonObject paths = (await ReadAsync(client, $"/openapi/v3/{group}"))["paths"]!.AsObject();
            found = found.Concat(paths.Select(path => (path.Value!.AsObject().Where(entry => entry.Value is JsonObject)
                .Select(entry => entry.Key.ToUpperInvariant()), path.Key)));
        }

        // The documents leave out that each kind can be listed over all namespaces.
        (IEnumerable<string> Methods, string Path)[] documented = [.. found];
        const string InNamespace = "/namespaces/{namespace}";
        IEnumerable<(IEnumerable<string>, string)> everywhere = documented
            .Where(route => route.Path.Contains(InNamespace, StringComparison.Ordinal)
                && !route.Path.Contains("{name}", StringComparison.Ordinal))
            .Select(route => ((IEnumerable<string>)["GET"], route.Path.Replace(InNamespace, "", StringComparison.Ordinal)));
        string differences = RouteTable.Differences("apiServer", [.. documented, .. everywhere]);
        Assert.True(differences.Length == 0, $"{RouteTable.Path}:\n{differences}");
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _platform.DisposeAsync();
        _folder.Dispose();
    }

    private string AdministratorToken => File.ReadAllText(_folder.File("token")).Trim();

    private IEnumerable<(string Caller, Action<HttpRequestMessage> Present, int? Expected)> Callers(ClassifiedRoute route)
    {
        (int? none, int? unknown, int? tenant, int? user) = Meaning[route.Class];
        yield return ("without a key", static _ => { }, none);
        yield return ("with an unknown key", request => Bearer(request, UnknownKey), unknown);
        yield return ("another tenant", request => Bearer(request, _tenantKey), tenant);
        yield return ("another user", request => Bearer(request, UserToken), user);

        // With the right key, and still refused.
        yield return ("to a foreign host", request => Right(request, route).Headers.Host = "evil.example", 421);
        yield return ("from a foreign page", request => Right(request, route).Headers.Add("Origin", "https://evil.example"), 403);
        yield return ("embedded by a foreign page", request => Right(request, route).Headers.Add("Sec-Fetch-Site", "cross-site"), 403);
        if (route.Class == "session")
        {
            yield return ("a program with the telemetry key", request => Bearer(request, _platform.TelemetryKey), 401);
        }

        if (route.Class is not ("order" or "token")) yield return ("with the right key", request => Right(request, route), null);
    }

    private HttpRequestMessage Right(HttpRequestMessage request, ClassifiedRoute route)
    {
        switch (route.Listener, route.Class)
        {
            case ("gateway", _): Bearer(request, _platform.ApiKey); break;
            case ("apiServer", _): Bearer(request, AdministratorToken); break;
            case ("worker", _): Bearer(request, _workerKey); break;
            case (_, "programs"): Bearer(request, _platform.TelemetryKey); break;
            default: request.Headers.Add("Cookie", _cookie); break;
        }

        return request;
    }

    private static HttpRequestMessage Bearer(HttpRequestMessage request, string key)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return request;
    }

    /// <summary>
    /// The shortest request that tells whether it is let in. It changes nothing: names do not exist, writes are tried only.
    /// </summary>
    private static HttpRequestMessage Request(ClassifiedRoute route, string method)
    {
        var values = new Dictionary<string, string> { ["version"] = "1" };
        if (route.Listener is "gateway" or "worker") (values["model"], values["id"]) = ("tiny", "tiny");
        values["file"] = route.Pattern.StartsWith("/_framework/", StringComparison.Ordinal)
            ? "blazor.web.js"
            : "Trireme.Dashboard/signin.js";

        // A collection without any object in it: some, such as the system's priority classes, nobody may delete.
        string query = route.Listener == "apiServer" ? "?dryRun=All&labelSelector=asked-for%3Dnobody" : "";
        var request = new HttpRequestMessage(HttpMethod.Parse(method), route.Fill(values) + query);
        if (method is "POST" or "PUT" or "PATCH")
        {
            string body = route.Listener == "gateway" ? """{"model":"tiny"}""" : "{}";
            request.Content = new StringContent(
                body, Encoding.UTF8, method == "PATCH" ? "application/merge-patch+json" : "application/json");
        }

        return request;
    }

    /// <summary>Of a route for any method, those that no other route of the address takes.</summary>
    private static IEnumerable<string> Methods(ClassifiedRoute route, string method) => method != "*"
        ? [method]
        : new[] { "DELETE", "PUT" }.Except(RouteTable.All
            .Where(other => other.Listener == route.Listener && other.Pattern == route.Pattern)
            .SelectMany(other => other.Methods));

    private async Task<int> SendAsync(string listener, HttpRequestMessage request)
    {
        using HttpClient client = Client(listener);
        using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancelled);
        return (int)response.StatusCode;
    }

    private HttpClient Client(string listener)
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false };
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.ImportFromPemFile(Path.Combine(_folder.Path, "pki", "ca.crt"));
        handler.SslOptions.CertificateChainPolicy = trust;

        // A request to a foreign host goes to the same server, whose certificate does not have that name.
        handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, errors) =>
            (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None;
        string address = listener switch
        {
            "gateway" => _platform.Gateway[..^"/v1".Length],
            "dashboard" => _platform.Dashboard,
            "apiServer" => (string)_platform.Endpoints["api"]!,
            "metricsPage" => _gateway.Metrics.GetLeftPart(UriPartial.Authority),
            _ => _worker.GetLeftPart(UriPartial.Authority),
        };
        return new HttpClient(handler) { BaseAddress = new Uri(address), Timeout = TimeSpan.FromSeconds(30) };
    }

    private async Task<string> SignInAsync()
    {
        using HttpClient client = Client("dashboard");
        string token = new Uri(await _platform.SignInLinkAsync()).Fragment[1..];
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["token"] = token });
        using HttpResponseMessage response = await client.PostAsync("/signin", form, Cancelled);
        return response.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
    }

    /// <summary>A key works at the gateway a moment after it was made.</summary>
    private Task KeyOfTenantIsKnownAsync() => Eventually.True("the key of the other tenant", TimeSpan.FromSeconds(20), async () =>
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
        return await SendAsync("gateway", Bearer(request, _tenantKey)) == (int)HttpStatusCode.OK;
    });

    private static async Task<JsonNode> ReadAsync(HttpClient client, string path) =>
        JsonNode.Parse(await client.GetStringAsync(path, Cancelled))!;
}
