using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Trireme.Contracts.Metrics;
using Trireme.Gateway.Dialects.Responses;
using Trireme.Hosting.Responses;
using Trireme.Testing;

namespace Trireme.Tests.Hosting.Responses;

public sealed class ResponseStoreTests : IAsyncDisposable
{
    private const long Kibibyte = 1 << 10;

    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000));
    private readonly MetricRegistry _metrics = new();
    private readonly List<ResponseStore> _stores = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Path => _folder.File("responses.db");

    [Fact]
    public async Task What_is_kept_is_found_by_its_owner_alone_until_it_is_deleted()
    {
        ResponseStore store = Open();
        Assert.True(await KeepAsync(store, "team/a", "resp_1"));
        KeptResponse? found = await store.FindAsync("team/a", "resp_1", Cancel);
        Assert.Equal(("team/a", "resp_1", "tiny", _time.GetUtcNow()), (found!.Owner, found.Id, found.Model, found.Created));
        Assert.Equal("[1]", Encoding.UTF8.GetString(found.Input.Span));
        Assert.Equal("{}", Encoding.UTF8.GetString(found.Response.Span[^2..]));

        Assert.Null(await store.FindAsync("team/b", "resp_1", Cancel));
        Assert.False(await store.DeleteAsync("team/b", "resp_1", Cancel));
        Assert.True(await store.DeleteAsync("team/a", "resp_1", Cancel));
        Assert.False(await store.DeleteAsync("team/a", "resp_1", Cancel));
        Assert.Null(await store.FindAsync("team/a", "resp_1", Cancel));
    }

    [Fact]
    public async Task What_is_kept_is_on_the_disk_for_whoever_opens_the_file_at_the_same_time_or_later()
    {
        ResponseStore one = Open();
        Assert.True(await KeepAsync(one, "team/a", "resp_1"));
        ResponseStore two = Open();
        Assert.NotNull(await two.FindAsync("team/a", "resp_1", Cancel));
        Assert.True(await KeepAsync(two, "team/a", "resp_2"));
        Assert.NotNull(await one.FindAsync("team/a", "resp_2", Cancel));
        bool[] kept = await Task.WhenAll(
            Enumerable.Range(0, 40).Select(async i => await KeepAsync(i % 2 == 0 ? one : two, "team/b", $"resp_b{i}")));
        Assert.DoesNotContain(false, kept);
        for (int i = 0; i < 40; i++) Assert.NotNull(await one.FindAsync("team/b", $"resp_b{i}", Cancel));
    }

    [Fact]
    public async Task The_oldest_of_who_holds_the_most_goes_first_and_the_bound_holds()
    {
        ResponseStore store = Open(maxBytes: 64 * Kibibyte);
        Assert.True(await KeepAsync(store, "team/small", "resp_small", bytes: 4 * Kibibyte));
        for (int i = 0; i < 60; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.True(await KeepAsync(store, "team/large", $"resp_{i}", bytes: 6 * Kibibyte));
        }

        Assert.NotNull(await store.FindAsync("team/small", "resp_small", Cancel));
        bool[] left = await Task.WhenAll(Enumerable.Range(0, 60).Select(async i =>
            await store.FindAsync("team/large", $"resp_{i}", Cancel) is not null));
        int kept = left.Count(static found => found);
        Assert.InRange(kept, 8, 10);
        Assert.Equal(Enumerable.Repeat(true, kept), left[^kept..]);
        Assert.Contains($"outcome=\"evicted\"}} {60 - kept}", _metrics.ToText(), StringComparison.Ordinal);
        await CloseAsync();
        Assert.InRange(new FileInfo(Path).Length, 1, 200 * Kibibyte);
    }

    [Fact]
    public async Task What_is_too_old_is_not_found_and_goes_without_anything_new()
    {
        ResponseStore store = Open(maxAge: TimeSpan.FromHours(1));
        Assert.True(await KeepAsync(store, "team/a", "resp_1"));
        _time.Advance(TimeSpan.FromMinutes(59));
        Assert.NotNull(await store.FindAsync("team/a", "resp_1", Cancel));
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Null(await store.FindAsync("team/a", "resp_1", Cancel));
        await store.SweepAsync();
        Assert.Contains("outcome=\"expired\"} 1", _metrics.ToText(), StringComparison.Ordinal);
        await CloseAsync();
        Assert.DoesNotContain("resp_1", await File.ReadAllTextAsync(Path, Encoding.Latin1, Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_would_take_all_of_the_room_is_not_kept()
    {
        ResponseStore store = Open(maxBytes: 64 * Kibibyte);
        Assert.False(await KeepAsync(store, "team/a", "resp_1", bytes: 17 * Kibibyte));
        Assert.Contains("outcome=\"too_large\"} 1", _metrics.ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_file_takes_nothing_but_the_keeping_and_is_tried_again()
    {
        await File.WriteAllTextAsync(Path, new string('x', 4096), Cancel);
        ResponseStore store = Open();
        Assert.False(await KeepAsync(store, "team/a", "resp_1"));
        await Assert.ThrowsAsync<IOException>(async () => await store.FindAsync("team/a", "resp_1", Cancel));
        Assert.Contains("outcome=\"failed\"} 1", _metrics.ToText(), StringComparison.Ordinal);

        File.Delete(Path);
        Assert.False(await KeepAsync(store, "team/a", "resp_1"));
        _time.Advance(TimeSpan.FromSeconds(11));
        Assert.True(await KeepAsync(store, "team/a", "resp_1"));
        Assert.NotNull(await store.FindAsync("team/a", "resp_1", Cancel));
    }

    [Fact]
    public async Task The_file_of_a_newer_version_is_left_as_it_is()
    {
        Assert.True(await KeepAsync(Open(), "team/a", "resp_1"));
        await CloseAsync();
        byte[] content = await File.ReadAllBytesAsync(Path, Cancel);
        // SQLite keeps the layout's number at this place, the highest byte first.
        content[63] = 99;
        await File.WriteAllBytesAsync(Path, content, Cancel);
        Assert.False(await KeepAsync(Open(), "team/a", "resp_2"));
        await CloseAsync();
        Assert.Equal(99, (await File.ReadAllBytesAsync(Path, Cancel))[63]);
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _folder.Dispose();
    }

    private ResponseStore Open(long maxBytes = 1 << 20, TimeSpan? maxAge = null)
    {
        var options = new ResponseStoreOptions { MaxBytes = maxBytes, MaxAge = maxAge ?? TimeSpan.FromDays(1) };
        var store = new ResponseStore(Path, options, _metrics, _time, NullLogger<ResponseStore>.Instance);
        _stores.Add(store);
        return store;
    }

    private async Task CloseAsync()
    {
        foreach (ResponseStore store in _stores) await store.DisposeAsync();
        _stores.Clear();
    }

    private ValueTask<bool> KeepAsync(ResponseStore store, string owner, string id, long bytes = 0) => store.TryKeepAsync(
        new KeptResponse
        {
            Owner = owner,
            Id = id,
            Model = "tiny",
            Created = _time.GetUtcNow(),
            Input = "[1]"u8.ToArray(),
            Response = Encoding.UTF8.GetBytes(new string(' ', (int)bytes) + "{}"),
        },
        Cancel);
}
