using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Trireme.Testing;

namespace Trireme.EndToEnd.Tests;

/// <summary>A service without requests ends its last replica, and the next request waits for another one and is answered.</summary>
[Trait("Kind", "Waiting")]
public sealed class ScaleToZeroTests(PlatformFixture fixture)
{
    private const string Manifest = """
        apiVersion: trireme.dev/v1alpha1
        kind: Release
        metadata: {name: nap-v1}
        spec:
          source: {path: models/tiny}
        ---
        apiVersion: trireme.dev/v1alpha1
        kind: ModelService
        metadata: {name: nap}
        spec:
          release: nap-v1
          resources: {memory: 512Mi}
          scaling: {minReplicas: 0, maxReplicas: 2, idleTimeout: 1s}
        """;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly ReleasedService _service = new(fixture.Platform, "nap");

    [Fact]
    public async Task A_service_goes_to_sleep_and_the_first_request_wakes_it_and_is_answered()
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("nap.yaml");
        await File.WriteAllTextAsync(file, Manifest, TestContext.Current.CancellationToken);
        try
        {
            await _service.RunAsync("apply", "-f", file);
            await SleepsAsync();
            if (CommandResult.Exists("kubectl"))
            {
                CommandResult scaled = await fixture.Platform.KubectlAsync("scale", "modelservice/nap", "--replicas=2");
                Assert.NotEqual(0, scaled.ExitCode);
                Assert.Contains("spec.scaling decides this number by the load", scaled.Error, StringComparison.Ordinal);
            }

            using HttpClient client = fixture.Platform.CreateClient();
            using HttpResponseMessage answer = await client.PostAsJsonAsync(
                "completions",
                new JsonObject { ["model"] = "nap", ["prompt"] = "Once", ["max_tokens"] = 4 },
                TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

            string described = (await fixture.Platform.RunAsync("describe", "modelservice", "nap")).Output;
            Assert.Contains("Woken", described, StringComparison.Ordinal);
            Assert.Contains("WentToSleep", described, StringComparison.Ordinal);
            await Eventually.True("the ledger of the start", Deadline, async () =>
                (await ScalingAsync())?["startup"] is JsonArray phases
                && phases.Count > 2
                && phases.All(static phase => (bool?)phase!["done"] == true && (double)phase["seconds"]! >= 0)
                && phases.Any(static phase => (double?)phase!["forecastSeconds"] > 0));
            await SleepsAsync();
        }
        finally
        {
            await _service.DeleteAsync();
        }
    }

    private Task SleepsAsync() => Eventually.True("it sleeps", Deadline, async () =>
        (int?)(await ScalingAsync())?["desired"] == 0 && (int?)(await _service.ServiceAsync())["status"]?["replicas"] == 0);

    private async Task<JsonNode?> ScalingAsync() => (await _service.ServiceAsync())["status"]?["scaling"];
}
