using System.Globalization;
using System.Text.Json.Nodes;
using CsCheck;
using Microsoft.Data.Sqlite;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Selectors;
using Trireme.ApiServer.Storage;

namespace Trireme.ApiServer.Tests.Storage;

/// <summary>Lists by label and by revision against a model that remembers every state.</summary>
public sealed class SelectionTests
{
    private static readonly string[] Selectors =
        ["a=1", "a in (1,2)", "a", "a=1,b!=2", "b notin (1)", "!a", "a>1", "b=2,a", "metadata.name=m1", "metadata.name!=m1"];

    private static readonly Gen<(int Name, string Act, string A, string B)[]> Writes = Gen.Select(
        Gen.Int[0, 5], Pick.From("write", "write", "write", "delete"), Pick.From("", "1", "2"), Pick.From("", "1", "2")).Array[1, 24];

    [Fact]
    public async Task Each_list_is_what_a_look_at_every_object_finds_at_its_revision() => await Writes.SampleAsync(
        async writes =>
        {
            await using StoreHarness harness = await StoreHarness.StartAsync();
            var states = new List<(long Revision, Dictionary<string, JsonObject> Objects)>();
            var now = new Dictionary<string, JsonObject>();
            foreach ((int number, string act, string a, string b) in writes)
            {
                await WriteAsync(harness, $"m{number}", act, a, b, now);
                states.Add((harness.Store.Changes.Revision, new(now)));
            }

            foreach ((long revision, Dictionary<string, JsonObject> objects) in states)
            {
                foreach (string text in Selectors)
                {
                    Selector selector = Selector(text, harness.ConfigMaps);
                    string[] expected =
                    [
                        .. objects.OrderBy(known => known.Key, StringComparer.Ordinal)
                            .Where(known => selector.Matches(Stored(harness.Key(known.Key), known.Value)))
                            .Select(known => Shown(known.Value)),
                    ];
                    foreach (int limit in (int[])[0, 1, 2])
                    {
                        string[] found = [.. Paged(harness, selector, revision, limit)];
                        Assert.True(expected.SequenceEqual(found), $"{text} at {revision} by {limit}: {string.Join(' ', found)}");
                    }
                }
            }
        },
        iter: 30);

    [Theory]
    [InlineData("a in (1,2),b", "a: 1 2")]
    [InlineData("a in (1,2),b=1", "b: 1")]
    [InlineData("a in (1,2,3),b in (1,2)", "b: 1 2")]
    [InlineData("b,a!=1", "b: any")]
    [InlineData("a!=1,!b", "none")]
    public async Task The_index_is_asked_for_what_finds_least(string text, string expected)
    {
        await using StoreHarness harness = await StoreHarness.StartAsync();
        IndexHint? hint = Selector(text, harness.ConfigMaps).HintFor(harness.ConfigMaps);
        Assert.Equal(expected, hint is null ? "none" : $"{hint.Key}: {string.Join(' ', hint.Values ?? ["any"])}");
    }

    [Fact]
    public async Task A_database_from_before_the_index_gets_it_and_one_that_others_wrote_gets_it_anew()
    {
        await using StoreHarness harness = await StoreHarness.StartAsync();
        await WriteAsync(harness, "m1", "write", "1", "", []);
        await harness.Store.DisposeAsync();
        foreach (string foreign in (string[])
            [
                "DROP TABLE selection; ALTER TABLE revisions DROP COLUMN indexed;",
                "DELETE FROM selection; UPDATE revisions SET current = current + 1;",
                "INSERT INTO selection VALUES ('configmaps', 'a', '1', 'default', 'nothing'); UPDATE revisions SET current = current + 1;",
            ])
        {
            using (SqliteConnection connection = FirstLayout.Open(harness.DatabasePath)) FirstLayout.Scalar(connection, foreign);
            await using ObjectStore store = harness.OpenAgain();
            Assert.True(store.Opening.IsIndexed);
            StoredObject found = Assert.Single(
                store.List(ListQuery.Of(harness.ConfigMaps, "default", Selector("a=1", harness.ConfigMaps))).Objects);
            Assert.Equal("m1", found.Key.Name);
            using SqliteConnection after = FirstLayout.Open(harness.DatabasePath);
            Assert.Equal(1L, FirstLayout.Scalar(after, "SELECT COUNT(*) FROM selection WHERE key = 'a'"));
        }
    }

    [Fact]
    public async Task Nothing_is_left_in_the_index_of_what_is_gone()
    {
        await using StoreHarness harness = await StoreHarness.StartAsync();
        var now = new Dictionary<string, JsonObject>();
        await WriteAsync(harness, "m1", "write", "1", "2", now);
        await WriteAsync(harness, "m1", "write", "2", "", now);
        Assert.Equal(1L, Entries());
        await WriteAsync(harness, "m1", "delete", "", "", now);
        Assert.Equal(0L, Entries());

        object? Entries()
        {
            using SqliteConnection connection = FirstLayout.Open(harness.DatabasePath);
            return FirstLayout.Scalar(connection, "SELECT COUNT(*) FROM selection");
        }
    }

    private static async Task WriteAsync(
        StoreHarness harness, string name, string act, string a, string b, Dictionary<string, JsonObject> now)
    {
        StoredObject? current = harness.Store.Get(harness.Key(name));
        if (act == "delete")
        {
            if (current is null) return;
            await harness.Store.WriteAsync(WriteRequest.Delete(current, current.ToDocument()));
            now.Remove(name);
            return;
        }

        JsonObject document = current?.ToDocument() ?? StoreHarness.Document(name);
        var labels = new JsonObject();
        if (a.Length > 0) labels["a"] = a;
        if (b.Length > 0) labels["b"] = b;
        document.Metadata()["labels"] = labels;
        document["data"] = new JsonObject { ["write"] = now.Count.ToString(CultureInfo.InvariantCulture) + a + b };
        WriteResult written = await harness.Store.WriteAsync(
            current is null ? WriteRequest.Create(harness.Key(name), document) : WriteRequest.Update(current, document));
        now[name] = written.Object!.ToDocument();
    }

    private static IEnumerable<string> Paged(StoreHarness harness, Selector selector, long revision, int limit)
    {
        ContinueToken? after = null;
        do
        {
            ListQuery query = ListQuery.Of(harness.ConfigMaps, "default", selector, limit, after) with { AtRevision = revision };
            ObjectPage page = harness.Store.List(query);
            Assert.Equal(revision, page.Revision);
            foreach (StoredObject stored in page.Objects) yield return Shown(stored.Document);
            after = page.Next;
        }
        while (after is not null);
    }

    private static Selector Selector(string text, ServedResource resource)
    {
        bool field = text.StartsWith("metadata.", StringComparison.Ordinal);
        Assert.False(LabelSelector.Parse(field ? null : text).Failed(out StatusError? _, out LabelSelector? labels));
        Assert.False(FieldSelector.Parse(field ? text : null, resource).Failed(out _, out FieldSelector? fields));
        return new Selector(labels!, fields!);
    }

    private static StoredObject Stored(ObjectKey key, JsonObject document) => new(key, document.Uid(), 1, document.ToBytes());

    private static string Shown(JsonObject document) =>
        $"{document.Name()}@{document.Metadata().Text("resourceVersion")}={document["data"]!["write"]}";
}
