using Trireme.Contracts.Resources;
using Trireme.Gateway.Routing;
using Trireme.Gateway.Tests.Harness;

namespace Trireme.Gateway.Tests.Routing;

public class RoutingSnapshotTests
{
    private static readonly Uri Endpoint = new("http://127.0.0.1:9000");

    [Theory]
    [InlineData(ReplicaPhase.Pending, 0)]
    [InlineData(ReplicaPhase.Starting, 0)]
    [InlineData(ReplicaPhase.Ready, 1)]
    [InlineData(ReplicaPhase.Draining, 0)]
    [InlineData(ReplicaPhase.BackingOff, 0)]
    public void Only_ready_replicas_take_part(ReplicaPhase phase, int expected) =>
        Assert.Equal(expected, Replicas(GatewayFixture.Replica("r", GatewayFixture.HashV1, Endpoint, phase)));

    [Fact]
    public void A_replica_being_deleted_takes_no_part()
    {
        ModelReplica replica = GatewayFixture.Replica("r", GatewayFixture.HashV1, Endpoint);
        Assert.Equal(0, Replicas(replica with { Metadata = replica.Metadata with { DeletionTimestamp = DateTimeOffset.UnixEpoch } }));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("not an address")]
    [InlineData("ftp://host")]
    public void A_replica_without_a_usable_endpoint_takes_no_part(string? endpoint)
    {
        ModelReplica replica = GatewayFixture.Replica("r", GatewayFixture.HashV1, Endpoint);
        Assert.Equal(0, Replicas(replica with { Status = replica.Status! with { Endpoint = endpoint } }));
    }

    [Fact]
    public void Replicas_are_grouped_by_content_so_that_a_reused_release_name_never_mixes()
    {
        ModelService service = GatewayFixture.Service("chat", (GatewayFixture.HashV1, 100, []));
        RoutingSnapshot snapshot = RoutingSnapshot.Build(
            [service],
            [
                GatewayFixture.Replica("old", GatewayFixture.HashV1, Endpoint),
                GatewayFixture.Replica("new", GatewayFixture.HashV2, Endpoint) with { },
            ]);
        IReadOnlyList<ReleaseRoute> releases = snapshot.Namespaces["team-a"]["chat"].Releases;
        Assert.Equal([("old", 100), ("new", 0)], releases.Select(r => (r.Replicas.Single().Name, r.Weight)));
    }

    [Fact]
    public void A_release_label_is_its_name_and_twelve_digits() =>
        Assert.Equal("v1@111111111111", new ReleaseRoute("v1", GatewayFixture.HashV1, 1, []).Label);

    [Fact]
    public void A_short_hash_without_algorithm_is_shown_whole() => Assert.Equal("v1@abc", new ReleaseRoute("v1", "abc", 1, []).Label);

    private static int Replicas(ModelReplica replica) => RoutingSnapshot
        .Build([GatewayFixture.Service("chat", (GatewayFixture.HashV1, 100, []))], [replica])
        .Namespaces["team-a"]["chat"].Releases.Sum(release => release.Replicas.Count);
}
