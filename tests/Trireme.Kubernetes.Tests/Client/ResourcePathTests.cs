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

    [Theory]
    [InlineData("", "may not be empty")]
    [InlineData(".", "may not be \".\"")]
    [InlineData("..", "may not be \"..\"")]
    [InlineData("a/../b", "may not contain \"/\"")]
    [InlineData("%2e%2e", "may not contain \"%\"")]
    public void A_name_that_leads_elsewhere_is_refused(string name, string fault)
    {
        ArgumentException exception = Assert.Throws<ArgumentException>(
            () => ResourcePath.Object(ResourceCatalog.ConfigMaps, new ResourceKey("a", name)));
        Assert.StartsWith($"The name \"{name}\" of a ConfigMap {fault}.", exception.Message, StringComparison.Ordinal);
        exception = Assert.Throws<ArgumentException>(() => ResourcePath.Object(ResourceCatalog.ConfigMaps, new ResourceKey(name, "a")));
        Assert.StartsWith($"The namespace \"{name}\" of a ConfigMap {fault}.", exception.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => ResourcePath.Object(ResourceCatalog.Namespaces, new ResourceKey("", name)));
        Assert.Throws<ArgumentException>(() => ResourcePath.Collection(ResourceCatalog.ConfigMaps, name));
    }

    [Fact]
    public void Other_characters_keep_their_place_in_the_path() =>
        Assert.Equal(
            "api/v1/namespaces/a%20b/configmaps/..%3Fx", ResourcePath.Object(ResourceCatalog.ConfigMaps, new ResourceKey("a b", "..?x")));

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
