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
        Assert.Equal(
            (true, "tiny promotes tiny-v2: 0 of its 2 replicas are ready, and it gets all traffic once all of them are."),
            (answer.Done, answer.Words));
        string[] write = Assert.Single(_server.Writes).Split(' ', 3);
        string path = FleetServer.ServicesPath.Replace("model", "namespaces/default/model");
        Assert.Equal(
            ("PATCH", $"{path}/tiny?fieldManager=trireme-cli&fieldValidation=Strict"),
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
        Assert.Equal("Release tiny-v0 does not exist; apply it, or choose another one.", gone.Words);
        Assert.Empty(_server.Writes);
    }

    [Fact]
    public async Task An_undo_goes_to_the_release_that_was_chosen()
    {
        ModelService moving = Moving();
        _server.Services = [moving];
        _server.Releases = [Samples.UsableRelease("tiny-v0", "sha256:00")];
        OrderAnswer stranger = await Orders.UndoAsync("default", "tiny", "tiny-v0", Cancelled);
        Assert.False(stranger.Done);
        Assert.StartsWith("Release tiny-v0 has never served tiny", stranger.Words, StringComparison.Ordinal);

        var first = new RolloutRecord
        {
            Revision = 1,
            To = new ReleaseRef { Name = "tiny-v0", ContentHash = "sha256:00" },
            Outcome = RolloutPhase.Promoted,
            Evidence = "The first release of the service.",
        };
        _server.Services = [moving with { Status = moving.Status! with { History = [first] } }];
        OrderAnswer answer = await Orders.UndoAsync("default", "tiny", "tiny-v0", Cancelled);
        Assert.Equal(
            "tiny goes back to tiny-v0: 0 of its 2 replicas are ready, and it gets its traffic as they become ready, each after its start.",
            answer.Words);
        string[] write = Assert.Single(_server.Writes).Split(' ', 3);
        Assert.EndsWith("?fieldManager=trireme-rollout-undo&fieldValidation=Strict", write[1], StringComparison.Ordinal);
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
