using System.Text.Json.Nodes;
using CsCheck;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Selectors;
using Trireme.ApiServer.Storage;
using Trireme.ApiServer.Watching;

namespace Trireme.ApiServer.Tests.Storage;

public sealed class ObjectStoreTests
{
    [Fact]
    public async Task Revisions_rise_by_one_per_change_and_survive_a_restart()
    {
        await using StoreHarness harness = await StoreHarness.StartAsync();
        long first = (await harness.CreateAsync("a")).Object!.Revision;
        Assert.Equal(WriteOutcome.AlreadyExists, (await harness.CreateAsync("a")).Outcome);
        await harness.ReopenAsync();
        Assert.Equal(first + 1, (await harness.CreateAsync("b")).Object!.Revision);
        Assert.Equal(first, harness.Store.Get(harness.Key("a"))!.Revision);
    }

    [Fact]
    public async Task A_write_against_another_revision_conflicts()
    {
        await using StoreHarness harness = await StoreHarness.StartAsync();
        StoredObject first = (await harness.CreateAsync("a")).Object!;
        Assert.Equal(WriteOutcome.Written, (await harness.Store.WriteAsync(WriteRequest.Update(first, first.ToDocument()))).Outcome);
        Assert.Equal(WriteOutcome.Conflict, (await harness.Store.WriteAsync(WriteRequest.Update(first, first.ToDocument()))).Outcome);
        Assert.Equal(WriteOutcome.Conflict, (await harness.Store.WriteAsync(WriteRequest.Delete(first, first.ToDocument()))).Outcome);
        StoredObject second = harness.Store.Get(first.Key)!;
        Assert.Equal(WriteOutcome.Written, (await harness.Store.WriteAsync(WriteRequest.Delete(second, second.ToDocument()))).Outcome);
        Assert.Equal(WriteOutcome.NotFound, (await harness.Store.WriteAsync(WriteRequest.Delete(second, second.ToDocument()))).Outcome);
    }

    [Fact]
    public async Task Of_concurrent_writers_to_one_revision_exactly_one_wins()
    {
        await using StoreHarness harness = await StoreHarness.StartAsync();
        StoredObject seen = (await harness.CreateAsync("a")).Object!;
        WriteResult[] results = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ =>
            harness.Store.WriteAsync(WriteRequest.Update(seen, seen.ToDocument()))));
        Assert.Single(results, result => result.Outcome == WriteOutcome.Written);
    }

    [Fact]
    public async Task A_namespace_holds_its_content_in_place()
    {
        await using StoreHarness harness = await StoreHarness.StartAsync();
        var elsewhere = new ObjectKey(harness.ConfigMaps, "nowhere", "a");
        WriteResult refused = await harness.Store.WriteAsync(WriteRequest.Create(elsewhere, StoreHarness.Document("a")));
        Assert.Equal(WriteOutcome.NamespaceNotFound, refused.Outcome);

        await harness.CreateAsync("a");
        StoredObject @namespace = harness.Store.Get(new ObjectKey(harness.Resources.Namespace, "", "default"))!;
        WriteResult full = await harness.Store.WriteAsync(WriteRequest.Delete(@namespace, @namespace.ToDocument()));
        Assert.Equal(WriteOutcome.NamespaceNotEmpty, full.Outcome);
    }

    [Fact]
    public async Task What_is_kept_in_memory_of_late_writes_is_what_lies_in_the_database()
    {
        await using StoreHarness harness = await StoreHarness.StartAsync();
        // Together more than is kept, so that some are forgotten in between.
        var large = new string('x', 400 * 1024);
        for (int round = 0; round < 2; round++)
        {
            for (int i = 0; i < 15; i++)
            {
                ObjectKey key = harness.Key($"m{i}");
                if (round == 0) await harness.CreateAsync(key.Name);
                StoredObject current = harness.Store.Get(key)!;
                JsonObject next = current.ToDocument();
                next["data"] = new JsonObject { ["text"] = large, ["round"] = $"{round}" };
                Assert.Equal(WriteOutcome.Written, (await harness.Store.WriteAsync(WriteRequest.Update(current, next))).Outcome);
            }
        }

        await harness.Store.WriteAsync(WriteRequest.Delete(harness.Store.Get(harness.Key("m3"))!, StoreHarness.Document("m3")));
        for (int i = 0; i < 15; i++)
        {
            StoredObject? quick = harness.Store.Get(harness.Key($"m{i}"));
            StoredObject? durable = harness.Store.Read(reader => reader.Get(harness.Key($"m{i}")));
            Assert.Equal(i == 3, quick is null);
            Assert.Equal((durable?.Revision, durable?.Uid), (quick?.Revision, quick?.Uid));
            Assert.Equal(durable?.Json.ToArray(), quick?.Json.ToArray());
        }
    }

    [Fact]
    public async Task History_is_bounded_and_says_so()
    {
        await using StoreHarness harness = await StoreHarness.StartAsync(historyLength: 10);
        for (int i = 0; i < 30; i++) await harness.CreateAsync($"m{i}");
        Assert.True(harness.Store.History(harness.ConfigMaps, "", 1).IsExpired);
        Assert.True(harness.Store.History(harness.ConfigMaps, "", 999).IsExpired);
        ChangeHistory recent = harness.Store.History(harness.ConfigMaps, "default", 26);
        Assert.False(recent.IsExpired);
        Assert.Equal(5, recent.Changes.Count);
        long kept = harness.Store.Read(reader => reader.Revisions()).Compacted;
        Assert.InRange(31 - kept, 10, 11);
        Assert.True(harness.Store.List(new ListQuery(harness.ConfigMaps, "", After: new ContinueToken(1, "default", "m0"))).IsExpired);
    }

    [Fact]
    public async Task Only_one_process_may_use_a_database()
    {
        await using StoreHarness harness = await StoreHarness.StartAsync();
        IOException exception = Assert.Throws<IOException>(() => harness.OpenAgain());
        Assert.Contains("Another process uses this store", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Secrets_lie_in_files_only_their_owner_can_read()
    {
        await using StoreHarness harness = await StoreHarness.StartAsync();
        string[] files = [harness.DatabasePath, harness.DatabasePath + "-wal", harness.DatabasePath + "-shm"];
        foreach (string file in files) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    /// <summary>
    /// The promise every informer builds on: the objects of any earlier list, changed by the history since, are the objects
    /// there are now, whatever was written in between and through whatever selector one looks.
    /// </summary>
    [Fact]
    public async Task A_list_and_the_changes_since_make_the_present_state()
    {
        Gen<(int Kind, int Name, bool Labelled)[]> writes = Gen.Select(Gen.Int[0, 2], Gen.Int[0, 5], Gen.Bool).Array[1, 40];
        await writes.SampleAsync(async steps =>
        {
            await using StoreHarness harness = await StoreHarness.StartAsync();
            var lists = new List<(long Revision, Dictionary<string, long> State)>();
            foreach ((int kind, int name, bool labelled) in steps)
            {
                lists.Add(List(harness));
                await WriteAsync(harness, kind, $"m{name}", labelled);
            }

            (_, Dictionary<string, long> now) = List(harness);
            foreach ((long revision, Dictionary<string, long> state) in lists) Assert.Equal(now, Replay(harness, revision, state));
        }, iter: 20, threads: 1);
    }

    private static readonly Selector Labelled =
        new(new LabelSelector([new LabelRequirement("on", LabelOperator.Exists, [])]), FieldSelector.Everything);

    private static (long Revision, Dictionary<string, long> State) List(StoreHarness harness)
    {
        ObjectPage page = harness.Store.List(new ListQuery(harness.ConfigMaps, "default", Labelled.Matches));
        return (page.Revision, page.Objects.ToDictionary(stored => stored.Key.Name, stored => stored.Revision));
    }

    private static Dictionary<string, long> Replay(StoreHarness harness, long revision, Dictionary<string, long> state)
    {
        var result = new Dictionary<string, long>(state);
        foreach (Change change in harness.Store.History(harness.ConfigMaps, "default", revision).Changes)
        {
            if (WatchStream.Seen(change, Labelled) is not { } seen) continue;
            // An event says what it changes: only known objects are modified or deleted, only unknown ones are added.
            string name = change.Object.Key.Name;
            Assert.Equal(seen != WatchEventType.Added, result.ContainsKey(name));
            if (seen == WatchEventType.Deleted) result.Remove(name);
            else result[name] = change.Revision;
        }

        return result;
    }

    private static async Task WriteAsync(StoreHarness harness, int kind, string name, bool labelled)
    {
        StoredObject? current = harness.Store.Get(harness.Key(name));
        JsonObject document = current?.ToDocument() ?? StoreHarness.Document(name);
        if (labelled) document.Metadata()["labels"] = new JsonObject { ["on"] = "1" };
        else document.Metadata().Remove("labels");
        WriteRequest request = (current, kind) switch
        {
            (null, _) => WriteRequest.Create(harness.Key(name), document),
            (_, 0) => WriteRequest.Delete(current, document),
            _ => WriteRequest.Update(current, document),
        };
        Assert.Equal(WriteOutcome.Written, (await harness.Store.WriteAsync(request)).Outcome);
    }
}
