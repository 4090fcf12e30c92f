using Trireme.Inference.Adapters;
using Trireme.Inference.Engine;
using Trireme.Inference.Formats;
using Trireme.Inference.Generation;

namespace Trireme.Inference.Tests.Adapters;

public sealed class AdapterStoreTests : IDisposable
{
    private readonly AdapterFolder _one = new(AdapterBench.Model, seed: 1);
    private readonly AdapterFolder _two = new(AdapterBench.Model, seed: 2, dataType: "BF16");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _one.Dispose();
        _two.Dispose();
    }

    [Fact]
    public async Task Adapters_are_listed_by_name_with_what_they_take()
    {
        using AdapterStore store = AdapterBench.CreateStore();
        AdapterResult two = await store.LoadAsync("two", _two.Path, replace: false, Cancelled);
        AdapterResult one = await store.LoadAsync("one", _one.Path, replace: false, Cancelled);
        Assert.Equal([one.Adapter!, two.Adapter!], store.List);
        Assert.Equal((4, _one.Path), (one.Adapter!.Rank, one.Adapter.Path));
        Assert.Equal(one.Adapter.ByteLength + two.Adapter!.ByteLength, store.UsedBytes);
        Assert.True(two.Adapter.ByteLength < one.Adapter.ByteLength);
        Assert.Equal(one.Adapter, store.Find("one"));
        Assert.Null(store.Find("three"));
        Assert.Equal(AdapterError.NotFound, (await store.UnloadAsync("three", Cancelled)).Error);
        Assert.Equal(two.Adapter, (await store.UnloadAsync("two", Cancelled)).Adapter);
        Assert.Equal(one.Adapter.ByteLength, store.UsedBytes);
    }

    [Fact]
    public async Task An_adapter_replaced_in_place_is_counted_once()
    {
        using AdapterStore measured = AdapterBench.CreateStore();
        AdapterDescription one = measured.Load("one", _one.Path, replace: false).Adapter!;
        long bytes = one.ByteLength + measured.Load("two", _two.Path, replace: false).Adapter!.ByteLength;
        using AdapterStore store = AdapterBench.CreateStore(new LoraOptions { MaxAdapters = 2, MaxRank = 8, MemoryBytes = bytes });
        Assert.Null(store.Load("one", _one.Path, replace: false).Message);
        Assert.Null(store.Load("two", _two.Path, replace: false).Message);
        // There is no room for a third, and none is needed.
        Assert.Null(store.Load("one", _one.Path, replace: true).Message);
        Assert.Equal(bytes, store.UsedBytes);
        await store.UnloadAsync("two", Cancelled);

        Task replacing = Task.Run(
            () =>
            {
                for (int i = 0; i < 200; i++) Assert.Null(store.Load("one", _one.Path, replace: true).Message);
            },
            Cancelled);
        while (!replacing.IsCompleted)
        {
            Assert.Null(store.Load("two", _two.Path, replace: false).Message);
            await store.UnloadAsync("two", Cancelled);
        }

        await replacing;
    }

    [Fact]
    public void Memory_that_is_too_small_is_told_with_the_numbers_and_nothing_stays_taken()
    {
        long bytes;
        using (LoraAdapter adapter = _one.Load(AdapterBench.Model)) bytes = adapter.ByteLength;
        using AdapterStore store = AdapterBench.CreateStore(new LoraOptions { MemoryBytes = (2 * bytes) - 1 });
        Assert.Null(store.Load("one", _one.Path, replace: false).Message);
        AdapterResult refused = store.Load("again", _one.Path, replace: false);
        Assert.Equal(AdapterError.NoRoom, refused.Error);
        string size = FormattableString.Invariant($"{bytes / 1048576.0:0.000} MiB");
        string kept = FormattableString.Invariant($"{((2 * bytes) - 1) / 1048576.0:0.000} MiB");
        Assert.Contains($"needs {size}; of {kept} kept for adapters {size} are taken", refused.Message, StringComparison.Ordinal);
        Assert.Equal(bytes, store.UsedBytes);
        // One in eight bits less fits beside it.
        Assert.Null(store.Load("smaller", _two.Path, replace: false).Message);
    }

    [Fact]
    public void Without_a_size_as_many_of_the_largest_fit_as_there_may_be()
    {
        using var folder = new AdapterFolder(AdapterBench.Model, seed: 1, rank: 6);
        using AdapterStore store = AdapterBench.CreateStore(new LoraOptions { MaxAdapters = 2, MaxRank = 6 });
        Assert.Null(store.Load("one", folder.Path, replace: false).Message);
        Assert.Null(store.Load("two", folder.Path, replace: false).Message);
        AdapterResult refused = store.Load("three", folder.Path, replace: false);
        Assert.Equal(AdapterError.NoRoom, refused.Error);
        Assert.Contains("2 adapters are loaded and the most is 2", refused.Message, StringComparison.Ordinal);
        Assert.InRange(store.UsedBytes, 1, store.BytesMax);
    }

    [Fact]
    public void A_rank_above_the_largest_is_refused_with_both()
    {
        using AdapterStore store = AdapterBench.CreateStore(new LoraOptions { MaxRank = 3 });
        AdapterResult refused = store.Load("one", _one.Path, replace: false);
        Assert.Equal(AdapterError.InvalidFiles, refused.Error);
        Assert.Contains("rank is 4 and the largest here 3", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", AdapterError.InvalidName)]
    [InlineData("a,b", AdapterError.InvalidName)]
    [InlineData("a\nb", AdapterError.InvalidName)]
    [InlineData("test", AdapterError.NameTaken)]
    [InlineData("one", AdapterError.NameTaken)]
    public void A_name_is_refused_when_it_is_no_name_or_taken(string name, AdapterError error)
    {
        using AdapterStore store = AdapterBench.CreateStore();
        Assert.Null(store.Load("one", _one.Path, replace: false).Message);
        Assert.Equal(error, store.Load(name, _two.Path, replace: false).Error);
        Assert.Equal(_one.Path, Assert.Single(store.List).Path);
    }

    [Theory]
    [InlineData("", AdapterError.InvalidFiles)]
    [InlineData("/nowhere/at/all", AdapterError.MissingFiles)]
    [InlineData("a\0b", AdapterError.InvalidFiles)]
    public void A_path_without_an_adapter_is_refused(string path, AdapterError error)
    {
        using AdapterStore store = AdapterBench.CreateStore();
        Assert.Equal(error, store.Load("one", path, replace: false).Error);
        Assert.Equal(0, store.UsedBytes);
    }

    [Fact]
    public async Task Deep_sleep_gives_adapters_back_and_waking_reads_the_same_ones_again()
    {
        using AdapterStore store = AdapterBench.CreateStore();
        Assert.Null(store.Load("one", _one.Path, replace: false).Message);
        Assert.Null(store.Load("two", _two.Path, replace: false).Message);
        long bytes = store.UsedBytes;
        store.Release();
        Assert.Equal(0, store.UsedBytes);
        Assert.Equal(2, store.List.Count);
        Assert.Equal(SubmitError.Asleep, store.Take("one", 1, out _)!.Error);
        Assert.Equal(AdapterError.Asleep, store.Load("three", _one.Path, replace: false).Error);
        store.Restore();
        Assert.Equal(bytes, store.UsedBytes);
        Assert.Null(store.Take("one", 1, out ServedAdapter? adapter));
        adapter!.End(hasStarted: false);

        store.Release();
        using (var other = new AdapterFolder(AdapterBench.Model, seed: 3))
        {
            (_one.Weights, byte[] former) = (other.Weights, _one.Weights);
            _one.Write();
            var refusal = Assert.Throws<ModelFormatException>(store.Restore);
            Assert.Contains("'one' is not the one", refusal.Message, StringComparison.Ordinal);
            _one.Weights = former;
        }

        // Put back, or unloaded, nothing stands in the way of waking.
        _one.Write();
        File.Delete(Path.Combine(_two.Path, AdapterFolder.WeightsFile));
        Assert.Throws<ModelFormatException>(store.Restore);
        Assert.Null((await store.UnloadAsync("two", Cancelled)).Message);
        store.Restore();
        Assert.Equal(Assert.Single(store.List).ByteLength, store.UsedBytes);
    }
}
