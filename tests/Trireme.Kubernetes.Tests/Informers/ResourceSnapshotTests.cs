using CsCheck;
using Trireme.Contracts.Resources;

namespace Trireme.Kubernetes.Tests.Informers;

public sealed class ResourceSnapshotTests
{
    [Fact]
    public void Objects_are_found_by_key_owner_and_namespace()
    {
        ResourceSnapshot<ConfigMap> snapshot = new ResourceSnapshot<ConfigMap>()
            .With(Make("a", "one", owner: "u1"))
            .With(Make("a", "two", owner: "u1"))
            .With(Make("b", "one", owner: "u2"));
        Assert.NotNull(snapshot.Find(new ResourceKey("a", "one")));
        Assert.Null(snapshot.Find(new ResourceKey("b", "two")));
        Assert.Equal(2, snapshot.OwnedBy("u1").Count());
        Assert.Equal(["one", "two"], snapshot.InNamespace("a").Keys.Order());
        Assert.Equal(3, snapshot.Count);
        Assert.Empty(snapshot.OwnedBy("u3"));
    }

    /// <summary>The indexes always agree with a scan over all objects, and older snapshots stay as they were.</summary>
    [Fact]
    public void Indexes_agree_with_a_full_scan_after_any_changes()
    {
        Gen.Select(Gen.Bool, Gen.Int[0, 5], Gen.Int[0, 2], Gen.Int[0, 2]).List[1, 60].Sample(changes =>
        {
            var snapshot = new ResourceSnapshot<ConfigMap>();
            foreach ((bool remove, int name, int owner, int space) in changes)
            {
                ResourceSnapshot<ConfigMap> before = snapshot;
                int count = before.Count;
                snapshot = remove
                    ? snapshot.Without(new ResourceKey($"s{space}", $"n{name}"))
                    : snapshot.With(Make($"s{space}", $"n{name}", $"u{owner}"));
                Assert.Equal(count, before.Count);
            }

            for (int i = 0; i < 3; i++)
            {
                int index = i;
                Assert.Equal(
                    snapshot.Items.Where(item => item.Metadata.OwnerReferences![0].Uid == $"u{index}").Select(ResourceKey.Of).Order(ByName),
                    snapshot.OwnedBy($"u{index}").Select(ResourceKey.Of).Order(ByName));
                Assert.Equal(
                    snapshot.Items.Where(item => item.Metadata.Namespace == $"s{index}").Select(ResourceKey.Of).Order(ByName),
                    snapshot.InNamespace($"s{index}").Values.Select(ResourceKey.Of).Order(ByName));
            }

            Assert.Equal(snapshot.Items.Count(), snapshot.Count);
        });
    }

    private static Comparer<ResourceKey> ByName { get; } =
        Comparer<ResourceKey>.Create((a, b) => string.CompareOrdinal(a.ToString(), b.ToString()));

    private static ConfigMap Make(string @namespace, string name, string owner) => new()
    {
        Metadata = new ObjectMeta
        {
            Name = name,
            Namespace = @namespace,
            OwnerReferences = [new OwnerReference { ApiVersion = "v1", Kind = "ConfigMap", Name = "owner", Uid = owner }],
        },
    };
}
