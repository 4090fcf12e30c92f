using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text.Json.Nodes;
using Trireme.Testing;

namespace Trireme.EndToEnd.Tests;

/// <summary>Who gets at the dashboard's port, over HTTP.</summary>
public sealed class SignInTests(PlatformFixture fixture)
{
    private static readonly string[] Programs = ["/api/v1/query?query=up", "/api/v1/targets", "/api/v1/nothing", "/metrics"];

    private PlatformProcess Platform => fixture.Platform;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_link_signs_one_browser_in_once()
    {
        string link = await Platform.SignInLinkAsync();
        Assert.StartsWith(Platform.Dashboard + "/signin#", link, StringComparison.Ordinal);
        using HttpClient browser = Browser();
        using HttpResponseMessage first = await PostTokenAsync(browser, link);
        Assert.Equal(HttpStatusCode.SeeOther, first.StatusCode);
        Assert.Equal("/", first.Headers.Location!.OriginalString);
        string cookie = Assert.Single(first.Headers.GetValues("Set-Cookie"));
        Assert.Matches("^trireme-session-[0-9]+=[A-Za-z0-9_-]{43}; max-age=43200; path=/; samesite=strict; httponly$", cookie);

        using HttpResponseMessage second = await PostTokenAsync(browser, link);
        Assert.Equal(HttpStatusCode.Unauthorized, second.StatusCode);
        Assert.False(second.Headers.Contains("Set-Cookie"));
        Assert.Contains("This link has been used already", await second.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/services/default/tiny?range=1h", "/services/default/tiny?range=1h")]
    [InlineData("//evil.example/", "/")]
    [InlineData("/\\evil.example/", "/")]
    [InlineData("https://evil.example/", "/")]
    [InlineData("/signin", "/")]
    [InlineData("", "/")]
    public async Task Signing_in_leads_to_a_page_of_the_dashboard_and_nowhere_else(string asked, string expected)
    {
        using HttpClient browser = Browser();
        using HttpResponseMessage response = await PostTokenAsync(browser, await Platform.SignInLinkAsync(), asked);
        Assert.Equal(expected, response.Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task Who_has_not_signed_in_gets_the_sign_in_page_and_no_circuit()
    {
        using HttpClient browser = Browser();
        foreach (string path in (string[])["/", "/playground", "/services/default/tiny", "/nothing-here"])
        {
            using HttpResponseMessage page = await GetPageAsync(browser, path);
            Assert.Equal(HttpStatusCode.Unauthorized, page.StatusCode);
            string html = await page.Content.ReadAsStringAsync(Cancelled);
            Assert.Contains("action=\"/signin\"", html, StringComparison.Ordinal);
            Assert.DoesNotContain("blazor", html, StringComparison.OrdinalIgnoreCase);
        }

        using HttpResponseMessage circuit = await browser.PostAsync("/_blazor/negotiate?negotiateVersion=1", content: null, Cancelled);
        Assert.Equal(HttpStatusCode.Unauthorized, circuit.StatusCode);
    }

    [Fact]
    public async Task Programs_need_the_telemetry_key_or_a_session()
    {
        using HttpClient nobody = Browser();
        using HttpClient wrong = Browser();
        wrong.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Platform.ApiKey);
        using HttpClient program = Platform.CreateTelemetryClient();
        using HttpClient person = await Platform.SignInAsync();
        foreach (string path in Programs)
        {
            foreach (HttpClient stranger in (HttpClient[])[nobody, wrong])
            {
                using HttpResponseMessage refused = await stranger.GetAsync(path, Cancelled);
                Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
                Assert.Equal("Bearer", refused.Headers.WwwAuthenticate.Single().Scheme);
                JsonNode error = JsonNode.Parse(await refused.Content.ReadAsStringAsync(Cancelled))!;
                Assert.Equal("unauthorized", (string)error["errorType"]!);
            }

            HttpStatusCode expected = path == "/api/v1/nothing" ? HttpStatusCode.NotFound : HttpStatusCode.OK;
            Assert.Equal(expected, (await program.GetAsync(path, Cancelled)).StatusCode);
            Assert.Equal(expected, (await person.GetAsync(path, Cancelled)).StatusCode);
        }

        // The key of programs opens no page.
        using HttpResponseMessage page = await GetPageAsync(program, "/");
        Assert.Equal(HttpStatusCode.Unauthorized, page.StatusCode);
    }

    [Fact]
    public async Task Signing_out_ends_the_session_and_its_open_pages()
    {
        var cookies = new CookieContainer();
        using HttpClient browser = Browser(cookies);
        (await PostTokenAsync(browser, await Platform.SignInLinkAsync())).Dispose();
        using HttpClient other = await Platform.SignInAsync();
        using var page = new ClientWebSocket { Options = { Cookies = cookies } };
        var hub = new UriBuilder(Platform.Dashboard) { Scheme = "ws", Path = "/_blazor" };
        await page.ConnectAsync(hub.Uri, Cancelled);
        Task<WebSocketReceiveResult> end = page.ReceiveAsync(new byte[100], Cancelled);
        string stolen = cookies.GetCookieHeader(new Uri(Platform.Dashboard));

        using HttpResponseMessage response = await browser.PostAsync("/signout", content: null, Cancelled);
        Assert.Equal("/signin", response.Headers.Location!.OriginalString);
        await Assert.ThrowsAsync<WebSocketException>(() => end);

        using HttpClient thief = Browser();
        thief.DefaultRequestHeaders.Add("Cookie", stolen);
        using HttpResponseMessage refused = await GetPageAsync(thief, "/");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        using HttpResponseMessage unaffected = await GetPageAsync(other, "/");
        Assert.Equal(HttpStatusCode.OK, unaffected.StatusCode);
    }

    [Fact]
    public async Task A_foreign_page_gets_no_circuit_although_the_browser_is_signed_in()
    {
        using HttpClient browser = await Platform.SignInAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/_blazor/negotiate?negotiateVersion=1");
        request.Headers.Add("Origin", "https://evil.example");
        using HttpResponseMessage response = await browser.SendAsync(request, Cancelled);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);

        using var query = new HttpRequestMessage(HttpMethod.Post, "/api/v1/query")
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string> { ["query"] = "up" }),
        };
        query.Headers.Add("Origin", "https://evil.example");
        using HttpResponseMessage answer = await browser.SendAsync(query, Cancelled);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task Every_answer_tells_browsers_what_not_to_do()
    {
        using HttpClient person = await Platform.SignInAsync();
        foreach (string path in (string[])["/", "/signin", "/metrics", "/api/v1/targets", "/_content/Trireme.Dashboard/signin.js", "/no"])
        {
            using HttpResponseMessage response = await person.GetAsync(path, Cancelled);
            string policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
            Assert.Contains("script-src 'self';", policy, StringComparison.Ordinal);
            Assert.Contains("default-src 'none';", policy, StringComparison.Ordinal);
            Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
            Assert.Equal("DENY", Assert.Single(response.Headers.GetValues("X-Frame-Options")));
            Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
            Assert.Equal("same-origin", Assert.Single(response.Headers.GetValues("Referrer-Policy")));
        }
    }

    [Fact]
    public async Task The_metrics_answer_a_question_for_their_head()
    {
        using HttpClient person = await Platform.SignInAsync();
        using var head = new HttpRequestMessage(HttpMethod.Head, "/metrics");
        using HttpResponseMessage answer = await person.SendAsync(head, Cancelled);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync(Cancelled));
    }

    private HttpClient Browser(CookieContainer? cookies = null) =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = cookies ?? new CookieContainer() })
        {
            BaseAddress = new Uri(Platform.Dashboard),
        };

    private static Task<HttpResponseMessage> PostTokenAsync(HttpClient browser, string link, string to = "") => browser.PostAsync(
        "/signin",
        new FormUrlEncodedContent(new Dictionary<string, string> { ["token"] = new Uri(link).Fragment[1..], ["to"] = to }),
        Cancelled);

    private static async Task<HttpResponseMessage> GetPageAsync(HttpClient client, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd("text/html");
        return await client.SendAsync(request, Cancelled);
    }
}
