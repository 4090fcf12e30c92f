using System.Net;
using System.Net.Sockets;
using Trireme.Testing;

namespace Trireme.EndToEnd.Tests;

/// <summary>What is left of a platform that was killed, and who may profit from it.</summary>
public sealed class KilledPlatformTests
{
    [Fact]
    public async Task Nobody_who_listens_in_the_place_of_a_killed_platform_is_sent_a_key()
    {
        using var folder = new TemporaryFolder();
        await using PlatformProcess platform = await PlatformProcess.StartAsync(folder.Path);
        string key = platform.ApiKey;
        Assert.Equal(1, Occurrences(platform.Output, key));
        Assert.Equal(key, (await platform.RunAsync("key", "show")).Output.Trim());
        string link = await platform.SignInLinkAsync();
        var gateway = new Uri(platform.Gateway);
        await platform.KillAsync();

        // The file is still there, and another program has the port.
        Assert.True(File.Exists(Path.Combine(folder.Path, "endpoints.json")));
        using var impostor = new TcpListener(IPAddress.Loopback, gateway.Port);
        impostor.Start();
        Assert.Equal(5, (await platform.RunAsync("chat", "tiny", "Hello")).ExitCode);
        Assert.Equal(5, (await platform.RunAsync("load", "--service", "tiny", "--rps", "1", "--for", "1s")).ExitCode);
        Assert.Equal(5, (await platform.RunAsync("get", "modelservices")).ExitCode);
        Assert.Equal(5, (await platform.RunAsync("dashboard")).ExitCode);
        Assert.False(impostor.Pending());
        impostor.Stop();

        // The next start prints no key, and links of before are void.
        await platform.StartAsync();
        Assert.Equal(1, Occurrences(platform.Output, key));
        Assert.Equal(key, (await platform.RunAsync("key", "show")).Output.Trim());
        Assert.Equal(0, (await platform.RunAsync("chat", "tiny", "Hello", "--max-tokens", "2")).ExitCode);
        using var client = new HttpClient();
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["token"] = new Uri(link).Fragment[1..] });
        using HttpResponseMessage old =
            await client.PostAsync(new Uri(platform.Dashboard + "/signin"), form, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, old.StatusCode);
    }

    private static int Occurrences(string text, string key) => text.Split(key).Length - 1;
}
