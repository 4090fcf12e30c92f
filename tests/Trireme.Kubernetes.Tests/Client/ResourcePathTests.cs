using Trireme.Contracts.Schema;

namespace Trireme.Kubernetes.Tests.Client;

public sealed class ResourcePathTests
{
    [Fact]
    public void Paths_follow_the_Kubernetes_layout()
    {
        Assert.Equal("api/v1/namespaces/a/configmaps", ResourcePath.Collection(ResourceCatalog.ConfigMaps, "a"));
        Assert.Equal("apis/trireme.dev/v1alpha1/modelservices", ResourcePath.Collection(ResourceCatalog.ModelServices, null));
        Assert.Equal(
            "apis/trireme.dev/v1alpha1/namespaces/a/releases/b/status", ResourcePath.Object(
                ResourceCatalog.Releases, new ResourceKey("a", "b"), "status"));
        Assert.Equal("api/v1/namespaces/a", ResourcePath.Object(ResourceCatalog.Namespaces, new ResourceKey("", "a")));
    }

    [Fact]
    public void Names_cannot_leave_their_place_in_the_path() =>
        Assert.Equal(
            "api/v1/namespaces/a%2F..%2Fb/configmaps/..%3Fx", ResourcePath.Object(
                ResourceCatalog.ConfigMaps, new ResourceKey("a/../b", "..?x")));

    [Fact]
    public void A_namespaced_object_without_namespace_is_a_mistake_of_the_caller() =>
        Assert.Throws<ArgumentException>(() => ResourcePath.Object(ResourceCatalog.ConfigMaps, new ResourceKey("", "a")));

    [Fact]
    public void Queries_hold_only_what_is_asked_for()
    {
        Assert.Equal("", ResourcePath.Query(new ListOptions()));
        Assert.Equal(
            "?labelSelector=a%3Db&limit=5&continue=t%2B",
            ResourcePath.Query(new ListOptions { LabelSelector = "a=b", Limit = 5, Continue = "t+" }));
        Assert.Equal(
            "?resourceVersion=9&timeoutSeconds=60&watch=true&allowWatchBookmarks=true",
            ResourcePath.Query(new ListOptions { ResourceVersion = "9", Timeout = TimeSpan.FromMinutes(1) }, watch: true));
    }
}
