using System.Net;
using Trireme.Contracts.Http;

namespace Trireme.Contracts.Tests.Http;

public sealed class CallerRulesTests
{
    private static readonly CallerRules Gateway = new()
    {
        Part = "gateway",
        Hosts = ["models.example.com"],
        HostsSetting = "gateway.allowedHosts",
        Origins = ["https://chat.example"],
        OriginsSetting = "gateway.allowedOrigins",
    };

    private static readonly CallerRules Dashboard = new() { Part = "dashboard", HasPages = true };

    [Theory]
    [InlineData("localhost", null)]
    [InlineData("LOCALHOST:8080", null)]
    [InlineData("127.0.0.1:8080", null)]
    [InlineData("127.0.0.2:8080", null)]
    [InlineData("[::1]", null)]
    [InlineData("[::1]:8080", null)]
    [InlineData("[0:0:0:0:0:0:0:1]:8080", null)]
    [InlineData("Models.Example.com", null)]
    [InlineData("models.example.com:443", null)]
    [InlineData("models.example.com.evil.example", 421)]
    [InlineData("evil.example", 421)]
    [InlineData("localhost.evil.example", 421)]
    [InlineData("127.0.0.1.evil.example:8080", 421)]
    [InlineData("192.0.2.1", 421)]
    [InlineData("[2001:db8::1]:8080", 421)]
    [InlineData("localhost:99999", 400)]
    [InlineData("localhost:99999999999", 400)]
    [InlineData("localhost:80:80", 400)]
    [InlineData("localhost:x", 400)]
    [InlineData("[::1", 400)]
    [InlineData("[::1]x", 400)]
    [InlineData("user@localhost", 400)]
    [InlineData("localhost/x", 400)]
    [InlineData(":8080", 400)]
    public void A_listener_answers_to_names_of_this_machine_and_to_those_it_was_given(string host, int? status) =>
        Assert.Equal(status, Gateway.Judge(Facts(host))?.Status);

    [Theory]
    [InlineData("192.0.2.1:8080", null)]
    [InlineData("[2001:db8::1]", null)]
    [InlineData("models.example.com", null)]
    [InlineData("evil.example", 421)]
    public void An_open_listener_answers_to_every_address_but_not_to_every_name(string host, int? status) =>
        Assert.Equal(status, (Gateway with { IsOpen = true }).Judge(Facts(host))?.Status);

    [Theory]
    [InlineData("10.1.2.3:8000", "10.1.2.3", null)]
    [InlineData("10.1.2.3", "::ffff:10.1.2.3", null)]
    [InlineData("10.1.2.4:8000", "10.1.2.3", 421)]
    public void A_listener_answers_to_the_address_that_the_connection_came_to(string host, string local, int? status) =>
        Assert.Equal(status, Gateway.Judge(Facts(host) with { Local = IPAddress.Parse(local) })?.Status);

    [Fact]
    public void Where_the_scheme_is_known_a_page_of_another_one_is_of_another_origin()
    {
        CallerFacts facts = Facts("localhost:8080", "https://localhost:8080");
        Assert.Null(Gateway.Judge(facts));
        Assert.Equal(403, Gateway.Judge(facts with { Scheme = "http" })?.Status);
        Assert.Null(Gateway.Judge(facts with { Scheme = "https" }));
    }

    [Fact]
    public void An_open_listener_answers_to_the_name_of_its_machine() =>
        Assert.Null((Gateway with { IsOpen = true }).Judge(Facts(Environment.MachineName + ":8080")));

    [Fact]
    public void A_star_allows_every_host_and_every_origin()
    {
        CallerRules all = Gateway with { Hosts = ["*"], Origins = ["*"] };
        Assert.Null(all.Judge(Facts("anything.example", "https://other.example", "cross-site")));
        Assert.Null(all.Judge(Facts("anything.example", "null", "cross-site")));
        Assert.Null(all.Judge(Facts("anything.example", "", "cross-site")));
    }

    [Theory]
    [InlineData("", "", true)]
    [InlineData("", "none", true)]
    [InlineData("", "same-origin", true)]
    [InlineData("null", "same-origin", true)]
    [InlineData("http://localhost:8080", "same-origin", true)]
    [InlineData("http://localhost:8080", "", true)]
    [InlineData("https://chat.example", "cross-site", true)]
    [InlineData("https://chat.example", "", true)]
    [InlineData("https://evil.example", "cross-site", false)]
    [InlineData("https://evil.example", "", false)]
    [InlineData("https://chat.example.evil.example", "", false)]
    [InlineData("http://localhost:3000", "same-site", false)]
    [InlineData("http://localhost", "", false)]
    [InlineData("null", "cross-site", false)]
    [InlineData("null", "", false)]
    [InlineData("", "same-site", false)]
    [InlineData("", "cross-site", false)]
    [InlineData("", "anything-new", false)]
    public void Pages_of_other_origins_are_refused_unless_they_are_named(string origin, string site, bool isTaken)
    {
        CallerRefusal? refusal = Gateway.Judge(Facts("localhost:8080", origin, site));
        Assert.Equal(isTaken ? null : 403, refusal?.Status);
    }

    [Fact]
    public void Other_pages_may_link_to_pages_and_to_nothing_else()
    {
        CallerFacts link = Facts("localhost:8081", site: "cross-site") with { IsNavigation = true };
        Assert.Null(Dashboard.Judge(link));
        Assert.Equal(403, Gateway.Judge(link)!.Status);

        // A form of another page is no link.
        Assert.Equal(403, Dashboard.Judge(link with { Origin = "https://evil.example" })!.Status);
    }

    [Fact]
    public void A_request_without_a_host_is_no_browser_s()
    {
        Assert.Null(Gateway.Judge(Facts("")));
        Assert.Equal(400, Dashboard.Judge(Facts(""))!.Status);
    }

    [Fact]
    public void A_refusal_says_what_to_set()
    {
        Assert.Equal(
            "the gateway does not answer to the host \"evil.example\"; gateway.allowedHosts can name it",
            Gateway.Judge(Facts("evil.example"))!.Message);
        Assert.Equal(
            "pages of https://evil.example may not call the gateway; gateway.allowedOrigins can name their origin",
            Gateway.Judge(Facts("localhost", "https://evil.example"))!.Message);
        Assert.Equal("pages of other sites may not call the dashboard", Dashboard.Judge(Facts("localhost", site: "same-site"))!.Message);
        Assert.True(Gateway.Judge(Facts(new string('a', 10_000)))!.Message.Length < 300);
    }

    private static CallerFacts Facts(string host, string origin = "", string site = "") =>
        new() { Host = host, Origin = origin, FetchSite = site, IsNavigation = false };
}
