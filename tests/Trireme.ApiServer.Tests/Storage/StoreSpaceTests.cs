using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.ApiServer.Watching;
using Trireme.Contracts.Storage;
using Trireme.Testing;

namespace Trireme.ApiServer.Tests.Storage;

/// <summary>What the store takes on disk and in memory, and what it does when there is no more.</summary>
public sealed class StoreSpaceTests
{
    private const int MiB = 1 << 20;

    [Fact]
    public async Task Edits_of_a_large_object_take_no_more_than_the_history_may()
    {
        await using StoreHarness harness = await StoreHarness.StartAsync(new ApiServerLimits { HistoryBytes = 16 * MiB });
        await harness.CreateAsync("a");
        for (int i = 0; i < 60; i++) await GrowAsync(harness, "a", MiB, i);

        // 16 MiB of history, the object, what a tenth more takes before it is trimmed, and the log.
        Assert.InRange(BytesOnDisk(harness), 10 * MiB, 40 * MiB);
        Assert.InRange((await SizesAsync(harness)).History, 10 * MiB, 16 * MiB);
        Assert.True(harness.Store.History(harness.ConfigMaps, "", 1).IsExpired);
        long now = harness.Store.Changes.Revision;
        Assert.Equal(2, harness.Store.History(harness.ConfigMaps, "", now - 2).Changes.Count);
    }

    [Fact]
    public async Task What_deletions_free_goes_back_to_the_disk()
    {
        await using StoreHarness harness = await StoreHarness.StartAsync(new ApiServerLimits { HistoryBytes = 4 * MiB });
        for (int i = 0; i < 60; i++)
        {
            await harness.CreateAsync($"m{i}");
            await GrowAsync(harness, $"m{i}", MiB, 0);
        }

        long before = (await SizesAsync(harness)).Database;
        Assert.True(before > 60 * MiB);
        for (int i = 0; i < 60; i++) await DeleteAsync(harness, $"m{i}");
        Assert.InRange((await SizesAsync(harness)).Database, 0, 24 * MiB);
        Assert.InRange(BytesOnDisk(harness), 0, 34 * MiB);
    }

    [Fact]
    public async Task A_database_of_before_is_made_to_give_space_back()
    {
        await using StoreHarness harness = await StoreHarness.StartAsync();
        await harness.CreateAsync("a");
        await harness.Store.DisposeAsync();
        using (SqliteConnection connection = FirstLayout.Open(harness.DatabasePath))
        {
            FirstLayout.Scalar(connection, "PRAGMA journal_mode = DELETE");
            FirstLayout.Scalar(connection, "PRAGMA auto_vacuum = NONE");
            FirstLayout.Scalar(connection, "VACUUM");
            Assert.Equal(0L, FirstLayout.Scalar(connection, "PRAGMA auto_vacuum"));
        }

        await harness.ReopenAsync();
        using SqliteConnection after = FirstLayout.Open(harness.DatabasePath);
        Assert.Equal(2L, FirstLayout.Scalar(after, "PRAGMA auto_vacuum"));
        Assert.NotNull(harness.Store.Get(harness.Key("a")));
    }

    [Fact]
    public async Task A_full_store_refuses_what_grows_and_takes_what_makes_room()
    {
        await using StoreHarness harness = await StoreHarness.StartAsync(new ApiServerLimits { MaxStoreBytes = 12 * MiB });
        int made = await FillAsync(harness);
        Assert.Equal(StoreTrouble.Full, harness.Store.Condition.Trouble);
        Assert.Equal(StoreTrouble.Full, (await harness.Store.ProbeAsync()).Trouble);
        StoreUnavailableException refused =
            await Assert.ThrowsAsync<StoreUnavailableException>(() => GrowAsync(harness, "m0", MiB, 1));
        Assert.Contains(harness.DatabasePath, refused.Message, StringComparison.Ordinal);

        // A status says what died; it is written again and again without the database growing.
        for (int i = 0; i < 50; i++)
        {
            StoredObject current = harness.Store.Get(harness.Key("m1"))!;
            JsonObject next = current.ToDocument();
            next["data"]!["round"] = $"{i}";
            WriteRequest status = WriteRequest.Update(current, next) with { NeedsNoRoom = true };
            Assert.Equal(WriteOutcome.Written, (await harness.Store.WriteAsync(status)).Outcome);
        }

        Assert.InRange((await SizesAsync(harness)).Database, 0, 14 * MiB);

        // Every object can be deleted, and without a restart the store takes writes again.
        for (int i = 0; i < made; i++) await DeleteAsync(harness, $"m{i}");
        harness.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(StoreTrouble.None, (await harness.Store.ProbeAsync()).Trouble);
        await harness.CreateAsync("again");
        await GrowAsync(harness, "again", MiB, 2);
        Assert.Equal(StoreTrouble.None, harness.Store.Condition.Trouble);
    }

    /// <summary>So whatever the log holds can be carried into the file when no byte of the disk is left.</summary>
    [Fact]
    public async Task No_write_needs_more_of_the_disk_than_the_file_has_already()
    {
        await using StoreHarness harness = await StoreHarness.StartAsync();
        for (int i = 0; i < 100; i++)
        {
            await harness.CreateAsync($"m{i}");
            await GrowAsync(harness, $"m{i}", MiB / 10, 0);
            Assert.InRange(FileBytes(harness), (await SizesAsync(harness)).Database, long.MaxValue);
        }

        Assert.Equal(8 * MiB, (await SizesAsync(harness)).Reserved);
        Assert.InRange(LogBytes(harness), 8 * MiB, 9 * MiB);
    }

    [Fact]
    public async Task Deletions_and_statuses_of_a_full_store_take_no_more_of_the_disk()
    {
        await using StoreHarness harness = await StoreHarness.StartAsync(new ApiServerLimits { MaxStoreBytes = 12 * MiB });
        int made = await FillAsync(harness);
        long file = FileBytes(harness), log = LogBytes(harness);
        for (int i = 0; i < made; i++)
        {
            await DeleteAsync(harness, $"m{i}");
            Assert.InRange(FileBytes(harness), 0, file);
            Assert.InRange(LogBytes(harness), 0, log);
        }

        // The reserve was used, and is kept again when there is room.
        Assert.Equal(0, (await SizesAsync(harness)).Reserved);
        harness.Time.Advance(TimeSpan.FromSeconds(2));
        await harness.CreateAsync("again");
        Assert.Equal(MiB + (MiB / 2), (await SizesAsync(harness)).Reserved);
    }

    [Fact]
    public async Task The_reserve_is_there_again_after_a_restart_and_a_copy_of_before_gets_one()
    {
        await using StoreHarness harness = await StoreHarness.StartAsync();
        await harness.Store.DisposeAsync();
        using (SqliteConnection connection = FirstLayout.Open(harness.DatabasePath))
        {
            Assert.Equal(8L * MiB, FirstLayout.Scalar(connection, "SELECT SUM(length(filler)) FROM reserve"));
            FirstLayout.Scalar(connection, "DROP TABLE reserve");
        }

        await harness.ReopenAsync();
        Assert.Equal(8 * MiB, (await SizesAsync(harness)).Reserved);
        Assert.InRange(LogBytes(harness), 8 * MiB, 9 * MiB);
    }

    [Theory]
    [InlineData("pipe", "")]
    [InlineData("socket", "")]
    [InlineData("folder", "")]
    [InlineData("pipe", "-wal")]
    [InlineData("pipe", ".lock")]
    [InlineData("socket", ".lock")]
    [InlineData("folder", ".reserve")]
    public async Task What_is_no_file_where_the_store_keeps_one_is_named(string kind, string ending)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("objects.db") + ending;
        SpecialFile.Make(kind, path);
        IOException told = await Assert.ThrowsAsync<IrregularFileException>(() => Task.Run(() => ObjectStore.Open(
            folder.File("objects.db"), new ServedResources(Trireme.Contracts.Schema.ResourceCatalog.All), new ApiServerLimits()))
            .WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, TestContext.Current.CancellationToken));
        Assert.StartsWith($"{path} is {SpecialFile.Names[kind]} and not a file; ", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_a_batch_on_a_full_store_only_what_grows_is_refused()
    {
        await using StoreHarness harness = await StoreHarness.StartAsync(new ApiServerLimits { MaxStoreBytes = 12 * MiB });
        await FillAsync(harness);
        StoredObject gone = harness.Store.Get(harness.Key("m0"))!;
        Task<WriteResult> deletion = harness.Store.WriteAsync(WriteRequest.Delete(gone, gone.ToDocument()));
        Task<WriteResult>[] creations = [.. Enumerable.Range(0, 20).Select(i => harness.CreateAsync($"more{i}"))];
        Assert.Equal(WriteOutcome.Written, (await deletion).Outcome);
        foreach (Task<WriteResult> creation in creations)
        {
            await Assert.ThrowsAsync<StoreUnavailableException>(() => creation);
        }
    }

    [Fact]
    public async Task Another_program_that_holds_the_database_is_named_and_writes_go_on_after_it()
    {
        await using StoreHarness harness = await StoreHarness.StartAsync();
        using (SqliteConnection other = FirstLayout.Open(harness.DatabasePath))
        {
            FirstLayout.Scalar(other, "BEGIN IMMEDIATE");
            StoreUnavailableException refused =
                await Assert.ThrowsAsync<StoreUnavailableException>(() => harness.CreateAsync("a"));
            Assert.Equal(StoreTrouble.Locked, refused.Trouble);
            Assert.Equal(StoreTrouble.Locked, harness.Store.Condition.Trouble);
            FirstLayout.Scalar(other, "ROLLBACK");
        }

        Assert.Equal(WriteOutcome.Written, (await harness.CreateAsync("a")).Outcome);
        Assert.Equal(StoreTrouble.None, harness.Store.Condition.Trouble);
    }

    [Fact]
    public void The_reserve_of_a_start_is_room_on_the_disk_and_can_be_given_up_and_taken_again()
    {
        using var folder = new TemporaryFolder();
        string database = folder.File("objects.db");
        var reserve = new StartReserve(database, MiB, new Microsoft.Extensions.Time.Testing.FakeTimeProvider());
        Assert.True(reserve.TryHold());
        Assert.True(reserve.IsHeld);
        Assert.Equal(MiB, new FileInfo(database + ".reserve").Length);
        Assert.False(File.Exists(database + ".probe"));
        reserve.Release();
        reserve.Defer();
        Assert.False(reserve.IsHeld);
        Assert.False(reserve.TryHoldAgain());
    }

    [Fact]
    public async Task A_history_of_many_bytes_is_read_in_parts_that_miss_nothing()
    {
        await using StoreHarness harness = await StoreHarness.StartAsync();
        await harness.CreateAsync("a");
        long first = harness.Store.Changes.Revision;
        for (int i = 0; i < 10; i++) await GrowAsync(harness, "a", MiB, i);
        var seen = new List<long>();
        int parts = 0;
        ChangeHistory history;
        long after = first;
        do
        {
            history = harness.Store.History(harness.ConfigMaps, "", after);
            seen.AddRange(history.Changes.Select(change => change.Revision));
            after = history.Revision;
            parts++;
        }
        while (!history.IsComplete);

        Assert.True(parts > 2);
        Assert.Equal(Enumerable.Range(1, 10).Select(i => first + i), seen);
    }

    [Fact]
    public async Task A_queue_ends_when_too_much_was_published_since_its_oldest_change()
    {
        await using StoreHarness harness = await StoreHarness.StartAsync(new ApiServerLimits { WatchQueueBytes = 4 * MiB });
        await harness.CreateAsync("a");
        using Subscription idle = harness.Store.Changes.Subscribe(harness.Resources.Find("secrets")!, "");
        using Subscription stuck = harness.Store.Changes.Subscribe(harness.ConfigMaps, "");
        using Subscription reading = harness.Store.Changes.Subscribe(harness.ConfigMaps, "");
        for (int i = 0; i < 10; i++)
        {
            await GrowAsync(harness, "a", MiB, i);
            Assert.True(reading.Changes.TryRead(out Change? change));
            Assert.Equal(harness.Store.Changes.Revision, change.Revision);
        }

        // Who reads, and who has nothing to read, stays; who does not is ended with an empty queue.
        Assert.False(reading.Overflowed);
        Assert.False(idle.Overflowed);
        Assert.True(stuck.Overflowed);
        Assert.False(stuck.Changes.TryRead(out _));
        Assert.False(await stuck.Changes.WaitToReadAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Memory_of_an_object_counts_its_values()
    {
        var values = new JsonArray([.. Enumerable.Range(0, 10_000).Select(_ => (JsonNode)1)]);
        var document = new JsonObject { ["metadata"] = new JsonObject { ["name"] = "a" }, ["list"] = values };
        StoredObject stored = PreparedObject.Of(document).At(default, 1);
        Assert.True(stored.Json.Length < 25_000);
        Assert.True(stored.MemoryBytes > 1_000_000);
    }

    /// <summary>Creates objects of half a MiB until the store is full; returns how many there are.</summary>
    private static async Task<int> FillAsync(StoreHarness harness)
    {
        for (int i = 0; ; i++)
        {
            Assert.True(i < 100, "the store never fills");
            try
            {
                await harness.CreateAsync($"m{i}");
                await GrowAsync(harness, $"m{i}", MiB / 2, 0);
            }
            catch (StoreUnavailableException exception)
            {
                Assert.Equal(StoreTrouble.Full, exception.Trouble);
                return harness.Store.Get(harness.Key($"m{i}")) is null ? i : i + 1;
            }
        }
    }

    private static async Task GrowAsync(StoreHarness harness, string name, int bytes, int round)
    {
        StoredObject current = harness.Store.Get(harness.Key(name))!;
        JsonObject next = current.ToDocument();
        next["data"] = new JsonObject { ["text"] = new string('x', bytes), ["round"] = $"{round}" };
        Assert.Equal(WriteOutcome.Written, (await harness.Store.WriteAsync(WriteRequest.Update(current, next))).Outcome);
    }

    private static async Task DeleteAsync(StoreHarness harness, string name)
    {
        StoredObject current = harness.Store.Get(harness.Key(name))!;
        Assert.Equal(WriteOutcome.Written, (await harness.Store.WriteAsync(WriteRequest.Delete(current, current.ToDocument()))).Outcome);
    }

    /// <summary>Of the database and its log, without what is kept for a full disk.</summary>
    /// <summary>They are measured when the answer to a write is out already: before the next thing that is asked.</summary>
    private static async Task<StoreSizes> SizesAsync(StoreHarness harness)
    {
        await harness.Store.ProbeAsync();
        return harness.Store.Sizes;
    }

    private static long BytesOnDisk(StoreHarness harness) => FileBytes(harness) + LogBytes(harness) - harness.Store.Sizes.Reserved;

    private static long FileBytes(StoreHarness harness) => new FileInfo(harness.DatabasePath).Length;

    private static long LogBytes(StoreHarness harness) => new FileInfo(harness.DatabasePath + "-wal").Length;
}
