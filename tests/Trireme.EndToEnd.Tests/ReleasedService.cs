using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Trireme.Testing;

namespace Trireme.EndToEnd.Tests;

/// <summary>A service of a test's own and its releases, whose names begin with the service's.</summary>
internal sealed class ReleasedService(PlatformProcess platform, string name)
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    public string ModelFolder => Directory.CreateDirectory(Path.Combine(platform.DataFolder, "models")).FullName;

    public static string Name(JsonObject resource) => (string)resource["metadata"]!["name"]!;

    /// <summary>What the command printed.</summary>
    public async Task<string> RunAsync(params string[] arguments)
    {
        CommandResult result = await platform.RunAsync(arguments);
        Assert.True(result.ExitCode == 0, $"{string.Join(' ', arguments)}: {result.Error}");
        return result.Output;
    }

    /// <summary>A release and the service that runs it, without steps: the service moves as soon as the release answers.</summary>
    public async Task ApplyAsync(string release, string spec, string memory)
    {
        string manifest = Path.Combine(platform.DataFolder, $"{name}.yaml");
        await File.WriteAllTextAsync(
            manifest,
            $$"""
            apiVersion: trireme.dev/v1alpha1
            kind: Release
            metadata: {name: {{release}}}
            spec: {{{spec}}}
            ---
            apiVersion: trireme.dev/v1alpha1
            kind: ModelService
            metadata: {name: {{name}}}
            spec:
              release: {{release}}
              resources: {memory: "{{memory}}"}
              rollout: {steps: []}
            """);
        await RunAsync("apply", "-f", manifest);
    }

    public async Task ServedByAsync(string release) => await Eventually.True($"{release} serves alone", Deadline, async () =>
    {
        JsonNode? status = (await ServiceAsync())["status"];
        return (string?)status?["stableRelease"]?["name"] == release && (int?)status["readyReplicas"] == 1 && (int?)status["replicas"] == 1;
    });

    public async Task<JsonObject> ServiceAsync() =>
        (await platform.ListAsync("modelservices")).Single(service => Name(service) == name);

    public async Task<JsonNode> ReleaseStatusAsync(string release) =>
        (await platform.ListAsync("releases")).Single(candidate => Name(candidate) == release)["status"]!;

    public async Task<string> AskAsync(string release, string question)
    {
        using HttpClient client = platform.CreateClient();
        using HttpResponseMessage response = await client.PostAsJsonAsync("chat/completions", Question(name, question));
        return await AnswerAsync(response, release);
    }

    /// <summary>A question without chance in its answer.</summary>
    public static JsonObject Question(string model, string question) => new()
    {
        ["model"] = model,
        ["temperature"] = 0,
        ["max_tokens"] = 60,
        ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = question }),
    };

    /// <summary>The answer in a response, which must be the release's.</summary>
    public static async Task<string> AnswerAsync(HttpResponseMessage response, string release)
    {
        response.EnsureSuccessStatusCode();
        Assert.Matches($"^{release}@[0-9a-f]{{12}}$", response.Headers.GetValues("x-trireme-release").Single());
        return (string)(await response.Content.ReadFromJsonAsync<JsonNode>())!["choices"]![0]!["message"]!["content"]!;
    }

    /// <summary>The command line of the one worker of a release.</summary>
    public string WorkerCommand(string release) => platform.WorkerPids()
        .Select(pid => File.ReadAllText($"/proc/{pid}/cmdline").Replace('\0', ' '))
        .Single(command => command.Contains($"--release {release} ", StringComparison.Ordinal));

    public async Task DeleteAsync()
    {
        await RunAsync("delete", "modelservice", name, "--ignore-not-found");
        foreach (JsonObject release in await platform.ListAsync("releases"))
        {
            if (Name(release).StartsWith(name + "-", StringComparison.Ordinal)) await RunAsync("delete", "release", Name(release));
        }
    }
}
