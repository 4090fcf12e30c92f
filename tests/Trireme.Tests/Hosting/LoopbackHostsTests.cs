using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Trireme.Hosting.Listening;
using Trireme.Testing;

namespace Trireme.Tests.Hosting;

public sealed class LoopbackHostsTests
{
    [Theory]
    [InlineData("GET / HTTP/1.0", 400)]
    [InlineData("GET / HTTP/1.0\r\nHost:", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost:", 400)]
    [InlineData("GET / HTTP/1.1", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: trireme.example.com", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: localhost:99999", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: localhost:99999999999", 400)]
    [InlineData("GET / HTTP/1.0\r\nHost: localhost", 200)]
    [InlineData("GET / HTTP/1.1\r\nHost: localhost:8081", 200)]
    [InlineData("GET / HTTP/1.1\r\nHost: 127.0.0.1:8081", 200)]
    [InlineData("GET / HTTP/1.1\r\nHost: [::1]:8081", 200)]
    public async Task Only_names_of_this_machine_are_served(string request, int status)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddLoopbackHosts();
        await using WebApplication app = builder.Build();
        app.UseLoopbackHosts();
        app.MapGet("/", () => "ok");
        await app.StartAsync(TestContext.Current.CancellationToken);
        string answer = await RawHttp.SendAsync(
            new Uri(app.Urls.First()), request + "\r\nConnection: close\r\n\r\n", TestContext.Current.CancellationToken);
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
    }
}
