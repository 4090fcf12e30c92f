using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Trireme.Worker.Tests;

namespace Trireme.EndToEnd.Tests;

/// <summary>Releases that name LoRA adapters and a chat template, on a service of their own.</summary>
public sealed class AdapterReleaseTests(PlatformFixture fixture) : IAsyncDisposable
{
    private const string Question = "What is the opposite of big?";

    private readonly ReleasedService _service = new(fixture.Platform, "adapted");

    [Fact]
    public async Task Adapters_of_a_release_are_verified_and_loaded_by_its_replicas()
    {
        TinyModel.Write(Path.Combine(_service.ModelFolder, "bare"));
        string one = TinyAdapter.Write(Path.Combine(_service.ModelFolder, "one"), seed: 1);
        string two = TinyAdapter.Write(Path.Combine(_service.ModelFolder, "two"), seed: 2);
        const string Spec = "source: {path: models/bare}, engine: {contextLength: 512, lora: {maxAdapters: 2, maxRank: 4}}, "
            + "adapters: [{name: one, source: {path: models/one}}, {name: two, source: {path: models/two}}]";
        await _service.ApplyAsync("adapted-lora", Spec, "512Mi");
        await _service.ServedByAsync("adapted-lora");

        JsonArray adapters = (await _service.ReleaseStatusAsync("adapted-lora"))["adapters"]!.AsArray();
        Assert.Equal([("one", one), ("two", two)], adapters.Select(entry => ((string)entry!["name"]!, (string)entry["resolvedPath"]!)));
        Assert.Equal(
            ["adapter_config.json", "adapter_model.safetensors"],
            adapters[0]!["artifacts"]!.AsArray().Select(artifact => (string)artifact!["file"]!));
        Assert.Contains(
            $"--enable-lora --lora-modules one={one} two={two} --max-loras 2 --max-lora-rank 4 ",
            _service.WorkerCommand("adapted-lora"),
            StringComparison.Ordinal);

        string plain = await _service.AskAsync("adapted-lora", Question);
        using HttpClient replica = await ReplicaAsync();
        string[] answers = [plain, await AskAsync(replica, "one"), await AskAsync(replica, "two")];
        Assert.Equal(3, answers.Distinct().Count());
        Assert.Equal(plain, await AskAsync(replica, "adapted"));

        // The gateway routes by the names of services; what a replica calls its adapters is not among them.
        using HttpClient gateway = fixture.Platform.CreateClient();
        using HttpResponseMessage refused =
            await gateway.PostAsJsonAsync("chat/completions", ReleasedService.Question("one", Question));
        Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
    }

    [Fact]
    public async Task A_template_of_a_release_replaces_the_models_own()
    {
        TinyModel.Write(Path.Combine(_service.ModelFolder, "bare"));
        string template = Path.Combine(_service.ModelFolder, "shout.jinja");
        await File.WriteAllTextAsync(template, "{% for message in messages %}{{ message.content | upper }}{% endfor %}");
        await _service.ApplyAsync("adapted-own", "source: {path: models/bare}, engine: {contextLength: 512}", "512Mi");
        await _service.ServedByAsync("adapted-own");
        string own = await _service.AskAsync("adapted-own", Question);
        const string Spec =
            "source: {path: models/bare}, engine: {contextLength: 512}, chatTemplate: {path: models/shout.jinja}";
        await _service.ApplyAsync("adapted-shout", Spec, "512Mi");
        await _service.ServedByAsync("adapted-shout");
        string shouted = await _service.AskAsync("adapted-shout", Question);
        Assert.NotEqual(own, shouted);
        Assert.Equal(shouted, await _service.AskAsync("adapted-shout", Question.ToLowerInvariant()));
        Assert.Equal(template, (string?)(await _service.ReleaseStatusAsync("adapted-shout"))["chatTemplate"]!["resolvedPath"]);
    }

    public async ValueTask DisposeAsync() => await _service.DeleteAsync();

    /// <summary>The service's one replica at its own address.</summary>
    private async Task<HttpClient> ReplicaAsync()
    {
        JsonObject replica = (await fixture.Platform.ListAsync("modelreplicas"))
            .Single(candidate => (string?)candidate["spec"]!["release"] == "adapted-lora");
        return fixture.Platform.CreateReplicaClient(replica);
    }

    private static async Task<string> AskAsync(HttpClient replica, string model)
    {
        using HttpResponseMessage response =
            await replica.PostAsJsonAsync("/v1/chat/completions", ReleasedService.Question(model, Question));
        return await ReleasedService.AnswerAsync(response, "adapted-lora");
    }
}
