using System.Text.Json;
using CsCheck;
using Trireme.Contracts.Resources;

namespace Trireme.Kubernetes.Tests.Client;

public sealed class WatchLineTests
{
    private static readonly Uri Path = new("api/v1/configmaps", UriKind.Relative);

    [Theory]
    [InlineData("ADDED", WatchEventType.Added)]
    [InlineData("MODIFIED", WatchEventType.Modified)]
    [InlineData("DELETED", WatchEventType.Deleted)]
    public void A_change_carries_the_object_and_its_revision(string type, WatchEventType expected)
    {
        WatchEvent<ConfigMap> change = WatchLine.Parse<ConfigMap>(
            $$$$"""{"type":"{{{{type}}}}","object":{"metadata":{"name":"a","namespace":"b","resourceVersion":"7"}}}""", Path);
        Assert.Equal((expected, "7", "a"), (change.Type, change.ResourceVersion, change.Resource!.Metadata.Name));
    }

    [Fact]
    public void A_bookmark_needs_nothing_but_a_revision()
    {
        WatchEvent<ModelService> bookmark = WatchLine.Parse<ModelService>(
            """{"type":"BOOKMARK","object":{"kind":"ModelService","metadata":{"resourceVersion":"12"}}}""", Path);
        Assert.Equal((WatchEventType.Bookmark, "12"), (bookmark.Type, bookmark.ResourceVersion));
        Assert.Null(bookmark.Resource);
    }

    [Fact]
    public void An_expired_revision_is_told_apart_from_other_errors()
    {
        ApiException gone = Assert.Throws<ApiException>(() => WatchLine.Parse<ConfigMap>(
            """{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old"}}""", Path));
        Assert.True(gone.IsGone);
        ApiException other = Assert.Throws<ApiException>(
            () => WatchLine.Parse<ConfigMap>("""{"type":"ERROR","object":{"code":500}}""", Path));
        Assert.False(other.IsGone);
    }

    /// <summary>Whatever arrives, the answer is an event, an API error or a JSON error: never another exception.</summary>
    [Fact]
    public void Damaged_lines_are_refused_cleanly()
    {
        const string Line =
            """{"type":"ADDED","object":{"metadata":{"name":"a","resourceVersion":"7","labels":{"a":"b"}},"data":{"k":"v"}}}""";
        Gen.Select(Gen.Int[0, Line.Length - 1], Gen.Char[" \0{}[]\",:0an"], Gen.Int[0, Line.Length]).Sample(
            (at, character, length) =>
            {
                char[] damaged = Line.ToCharArray();
                damaged[at] = character;
                try
                {
                    Assert.NotNull(WatchLine.Parse<ConfigMap>(new string(damaged)[..length], Path).ResourceVersion);
                }
                catch (Exception exception) when (exception is JsonException or ApiException)
                {
                    // Refused.
                }
            },
            iter: 20_000);
    }
}
