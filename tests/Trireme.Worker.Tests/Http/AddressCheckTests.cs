using System.Net;
using Microsoft.AspNetCore.Http;
using Trireme.Worker.Http;

namespace Trireme.Worker.Tests.Http;

/// <summary>By which names a worker is called, and which pages may call it.</summary>
public sealed class AddressCheckTests
{
    private static readonly AddressCheck Default = new([], []);

    [Theory]
    [InlineData("127.0.0.1:8000", "127.0.0.1", true)]
    [InlineData("localhost:8000", "127.0.0.1", true)]
    [InlineData("LocalHost", "127.0.0.1", true)]
    [InlineData("[::1]:8000", "::1", true)]
    [InlineData("[::ffff:127.0.0.1]", "127.0.0.1", true)]
    [InlineData("10.1.2.3:8000", "10.1.2.3", true)]
    [InlineData("10.1.2.3:8000", "::ffff:10.1.2.3", true)]
    [InlineData("", "127.0.0.1", true)]
    [InlineData("10.1.2.4:8000", "10.1.2.3", false)]
    [InlineData("evil.example:8000", "127.0.0.1", false)]
    [InlineData("127.0.0.1.evil.example", "127.0.0.1", false)]
    [InlineData("localhost.evil.example", "127.0.0.1", false)]
    [InlineData("evil.localhost", "127.0.0.1", false)]
    public void A_worker_is_called_by_its_addresses_and_no_foreign_name(string host, string local, bool isTaken) =>
        Assert.Equal(isTaken ? null : 421, Default.FindProblem(Request(host), IPAddress.Parse(local))?.Status);

    [Fact]
    public void More_names_are_taken_where_they_are_allowed()
    {
        Assert.Null(new AddressCheck(["models.example"], []).FindProblem(Request("Models.example:8000"), IPAddress.Loopback));
        Assert.NotNull(new AddressCheck(["models.example"], []).FindProblem(Request("other.example"), IPAddress.Loopback));
        Assert.Null(new AddressCheck(["*"], []).FindProblem(Request("other.example"), IPAddress.Loopback));
    }

    [Theory]
    [InlineData("https://evil.example", null, false)]
    [InlineData("null", null, false)]
    [InlineData("http://127.0.0.1:9000", null, false)]
    [InlineData("https://127.0.0.1:8000", null, false)]
    [InlineData("http://127.0.0.1:8000", "same-origin", true)]
    [InlineData("https://chat.example", "cross-site", true)]
    [InlineData("https://CHAT.example", null, true)]
    [InlineData(null, null, true)]
    [InlineData(null, "none", true)]
    [InlineData(null, "same-origin", true)]
    [InlineData(null, "cross-site", false)]
    [InlineData(null, "same-site", false)]
    public void Pages_of_other_origins_neither_call_nor_embed(string? origin, string? site, bool isTaken)
    {
        HttpRequest request = Request("127.0.0.1:8000");
        if (origin is not null) request.Headers.Origin = origin;
        if (site is not null) request.Headers["Sec-Fetch-Site"] = site;
        Assert.Equal(isTaken ? null : 403, new AddressCheck([], ["https://chat.example"]).FindProblem(request, IPAddress.Loopback)?.Status);
        Assert.Null(new AddressCheck([], ["*"]).FindProblem(request, IPAddress.Loopback));
    }

    [Fact]
    public void Two_origins_are_none()
    {
        HttpRequest request = Request("127.0.0.1:8000");
        request.Headers.Origin = new(["https://chat.example", "https://evil.example"]);
        Assert.NotNull(new AddressCheck([], ["https://chat.example"]).FindProblem(request, IPAddress.Loopback));
    }

    private static HttpRequest Request(string host)
    {
        var context = new DefaultHttpContext();
        context.Request.Scheme = "http";
        context.Request.Host = new HostString(host);
        return context.Request;
    }
}
