using System.Text.Json.Nodes;
using Trireme.Contracts.Resources;
using Trireme.Dashboard.Clients;
using Trireme.Dashboard.Orders;

namespace Trireme.Dashboard.Tests.Orders;

/// <summary>Buttons against a real server.</summary>
public sealed class ServiceOrdersTests : IAsyncLifetime
{
    private FleetServer _server = null!;
    private ApiClient _api = null!;

    private ServiceOrders Orders => new(_api);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await FleetServer.StartAsync();
        _api = new ApiClient(_server.Options);
    }

    [Fact]
    public async Task A_promotion_is_the_annotation_that_the_command_writes_and_meets_newer_versions()
    {
        _server.Services = [Moving()];
        _server.Conflicts = 2;
        OrderAnswer answer = await Orders.PromoteAsync("default", "tiny", Cancelled);
        Assert.Equal((true, "tiny-v2 gets all traffic as soon as its replicas are ready."), (answer.Done, answer.Words));
        string[] write = Assert.Single(_server.Writes).Split(' ', 3);
        Assert.Equal(
            ("PATCH", FleetServer.ServicesPath.Replace("model", "namespaces/default/model") + "/tiny?fieldManager=trireme-cli"),
            (write[0], write[1]));
        JsonNode metadata = JsonNode.Parse(write[2])!["metadata"]!;
        Assert.Equal("7", (string?)metadata["resourceVersion"]);
        Assert.StartsWith(
            "m1/sha256:0123456789abcdef/", (string?)metadata["annotations"]![TriremeApi.PromoteAnnotation], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_would_do_nothing_is_said_and_not_written()
    {
        _server.Services = [Samples.Service(status: Samples.Status())];
        Assert.Equal("No rollout of tiny is under way.", (await Orders.PromoteAsync("default", "tiny", Cancelled)).Words);
        Assert.Equal(
            "No release has served tiny yet; name the one it should run in spec.release.",
            (await Orders.UndoAsync("default", "tiny", null, Cancelled)).Words);
        _server.Services = [Moving()];
        OrderAnswer gone = await Orders.UndoAsync("default", "tiny", "tiny-v0", Cancelled);
        Assert.Equal("Release tiny-v0 does not exist any more; apply it again, or choose another one.", gone.Words);
        Assert.Empty(_server.Writes);
    }

    [Fact]
    public async Task An_undo_goes_to_the_release_that_was_chosen()
    {
        _server.Services = [Moving()];
        _server.Releases = [Samples.UsableRelease("tiny-v0", "sha256:00")];
        OrderAnswer answer = await Orders.UndoAsync("default", "tiny", "tiny-v0", Cancelled);
        Assert.Equal("tiny goes back to tiny-v0 at once.", answer.Words);
        string[] write = Assert.Single(_server.Writes).Split(' ', 3);
        Assert.EndsWith("?fieldManager=trireme-rollout-undo", write[1], StringComparison.Ordinal);
        JsonNode patch = JsonNode.Parse(write[2])!;
        Assert.Equal("tiny-v0", (string?)patch["spec"]!["release"]);
        Assert.StartsWith("m1/sha256:00/", (string?)patch["metadata"]!["annotations"]![TriremeApi.UndoAnnotation]);
    }

    [Fact]
    public async Task A_restart_deletes_that_replica_and_none_that_took_its_name()
    {
        OrderAnswer answer = await Orders.RestartAsync("default", "tiny-aa-1", "uid-1", Cancelled);
        Assert.True(answer.Done);
        Assert.Equal(
            """DELETE /apis/trireme.dev/v1alpha1/namespaces/default/modelreplicas/tiny-aa-1 {"preconditions":{"uid":"uid-1"}}""",
            Assert.Single(_server.Writes));
        _server.Conflicts = 1;
        Assert.Equal("tiny-aa-1 is not there any more.", (await Orders.RestartAsync("default", "tiny-aa-1", "uid-1", Cancelled)).Words);
    }

    [Fact]
    public async Task A_server_that_refuses_is_told_in_its_words()
    {
        _server.ApiBroken = true;
        OrderAnswer answer = await Orders.PromoteAsync("default", "tiny", Cancelled);
        Assert.Equal(
            (false, "The API server did not take it: it answered 503: the store is closed. Nothing was changed as far as is known."),
            (answer.Done, answer.Words));
    }

    public async ValueTask DisposeAsync()
    {
        _api.Dispose();
        await _server.DisposeAsync();
    }

    private static ModelService Moving()
    {
        ModelService service = Samples.Service(status: Samples.Status(Samples.Rollout(RolloutPhase.Held) with { Id = "m1" }) with
        {
            StableRelease = Samples.Rollout(RolloutPhase.Held).From,
        });
        return service with { Metadata = service.Metadata with { ResourceVersion = "7" } };
    }
}
