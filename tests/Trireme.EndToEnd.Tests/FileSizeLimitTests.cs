using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Trireme.Testing;

namespace Trireme.EndToEnd.Tests;

/// <summary>A platform whose files may not be larger than the system says, which is not the end of it.</summary>
public sealed class FileSizeLimitTests
{
    private const string ConfigMaps = "/api/v1/namespaces/default/configmaps";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Past_the_limit_writes_are_refused_and_deletions_make_room()
    {
        using var folder = new TemporaryFolder();
        await using PlatformProcess platform =
            await PlatformProcess.StartAfterAsync("ulimit -f 81920", folder.Path, "--no-samples");
        using HttpClient client = Client(platform);

        var made = new List<string>();
        HttpStatusCode status;
        while ((status = await CreateAsync(client, $"m{made.Count}")) == HttpStatusCode.Created)
        {
            made.Add($"m{made.Count}");
            Assert.True(made.Count < 100, "40 MiB hold no hundred objects");
        }

        Assert.Equal(HttpStatusCode.InsufficientStorage, status);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await GetAsync(client, "/readyz"));
        foreach (string name in made)
        {
            using HttpResponseMessage deleted = await client.DeleteAsync($"{ConfigMaps}/{name}", Cancelled);
            Assert.True(deleted.IsSuccessStatusCode, await deleted.Content.ReadAsStringAsync(Cancelled));
        }

        await Eventually.True("a write is taken again", TimeSpan.FromSeconds(60), async () =>
            await CreateAsync(client, "after") is HttpStatusCode.Created or HttpStatusCode.Conflict);
        await Eventually.True("it is ready again", TimeSpan.FromSeconds(60), async () =>
            await GetAsync(client, "/readyz") == HttpStatusCode.OK);
    }

    [Fact]
    public async Task Under_a_limit_that_is_too_low_it_does_not_start_and_says_so()
    {
        using var folder = new TemporaryFolder();
        string command = $"{PlatformProcess.Program} up --no-samples --port 0 --api-port 0 --data-dir {folder.Path}";
        CommandResult result = await CommandResult.RunAsync("sh", ["-c", $"ulimit -f 40960; exec {command}"]);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("ulimit -f unlimited", result.Error, StringComparison.Ordinal);
    }

    private static HttpClient Client(PlatformProcess platform)
    {
#pragma warning disable CA5359 // The address came from the platform itself.
        var handler = new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = static (_, _, _, _) => true } };
#pragma warning restore CA5359
        string token = File.ReadAllText(Path.Combine(platform.DataFolder, "token")).Trim();
        return new HttpClient(handler)
        {
            BaseAddress = new Uri((string)platform.Endpoints["api"]!),
            DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
        };
    }

    private static async Task<HttpStatusCode> CreateAsync(HttpClient client, string name)
    {
        var map = new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = name },
            ["data"] = new JsonObject { ["text"] = new string('x', 900_000) },
        };
        using HttpResponseMessage response = await client.PostAsJsonAsync(ConfigMaps, map, Cancelled);
        return response.StatusCode;
    }

    private static async Task<HttpStatusCode> GetAsync(HttpClient client, string path)
    {
        using HttpResponseMessage response = await client.GetAsync(path, Cancelled);
        return response.StatusCode;
    }
}
