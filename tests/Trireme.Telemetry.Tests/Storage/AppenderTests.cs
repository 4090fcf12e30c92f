using Trireme.Telemetry.Model;
using Trireme.Telemetry.PromQL;
using Trireme.Telemetry.Queries;
using Trireme.Telemetry.Storage;
using Trireme.Telemetry.Storage.Head;

namespace Trireme.Telemetry.Tests.Storage;

public sealed class AppenderTests
{
    private static readonly LabelSet A = TestStores.Labels("__name__", "a");
    private static readonly LabelSet B = TestStores.Labels("__name__", "b");

    private readonly HeadStore _store = TestStores.Create();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void A_batch_is_nowhere_before_its_commit_and_gone_without_one()
    {
        using ISeriesAppender appender = _store.Open(LabelSet.Empty, SourceKind.Target);
        SeriesRef a = appender.Refer(A);
        appender.Begin();
        appender.Append(a, 1, 1);
        Assert.Empty(_store.Select());
        appender.Begin();
        appender.Append(a, 2, 2);
        Assert.Equal(1, appender.Commit().Stored);
        Assert.Equal([2.0], Read(A).Values.ToArray());
        Assert.Equal(default, appender.Commit());
    }

    [Fact]
    public void One_refused_sample_keeps_no_other_out()
    {
        using ISeriesAppender appender = _store.Open(LabelSet.Empty, SourceKind.Target);
        SeriesRef a = appender.Refer(A);
        appender.Begin();
        appender.Append(a, 10, 1);
        appender.Append(a, 10, 2);
        appender.Append(a, 9, 3);
        appender.Append(appender.Refer(B), 10, 4);
        CommitResult result = appender.Commit();
        Assert.Equal((2, 1, 1), (result.Stored, result.Duplicates, result.OutOfOrder));
        Assert.Equal([1.0], Read(A).Values.ToArray());
        Assert.Equal([4.0], Read(B).Values.ToArray());
    }

    [Fact]
    public void A_steady_batch_allocates_nothing()
    {
        using ISeriesAppender appender = _store.Open(LabelSet.Empty, SourceKind.Target);
        SeriesRef a = appender.Refer(A);
        // Past the growth of the first chunk, and short of the end of the next.
        for (int i = 0; i < Chunk.FullCapacity + 2; i++) TestStores.Append(appender, a, i, i);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) TestStores.Append(appender, a, 1000 + i, i);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void A_float_takes_twelve_bytes_and_its_part_of_the_chunk()
    {
        for (int i = 0; i < Chunk.FullCapacity; i++) _store.Append(A, i, i);
        long one = _store.Bytes;
        for (int i = 0; i < Chunk.FullCapacity; i++) _store.Append(A, 1000 + i, i);
        Assert.InRange((_store.Bytes - one) / (double)Chunk.FullCapacity, 12, 13);
    }

    [Fact]
    public void A_native_histogram_comes_back_as_it_went_in_beside_floats()
    {
        _store.Append(A, 1, 1.5);
        for (int i = 2; i < 40; i++) _store.Append(A, i, TestStores.Histogram);
        _store.Append(A, 40, StaleMarker.Value);
        SampleBuffer read = Read(A);
        Assert.Equal(40, read.Count);
        Assert.Null(read.HistogramAt(0));
        for (int i = 1; i < 39; i++) Assert.Same(TestStores.Histogram, read.HistogramAt(i));
        Assert.Equal(1.5, read.Values[0]);
        Assert.True(StaleMarker.IsStale(read.Values[39]));
        Assert.True(_store.Bytes > 38 * TestStores.Histogram.Bytes);

        read.Clear();
        _store.Append(B, 1, 7);
        Assert.Single(_store.Select(LabelMatcher.Create(MatchKind.Equal, "__name__", "b"))).Read(0, 10, read);
        Assert.False(read.HasHistograms);
    }

    [Fact]
    public async Task A_query_over_native_histograms_leaves_them_out_and_says_so()
    {
        _store.Append(A, 1000, 1.5);
        _store.Append(A, 2000, TestStores.Histogram);
        _store.Append(B, 2000, 4);
        using QueryEngine engine = TestStores.Engine(_store);
        QueryResult instant = await engine.QueryAsync("{__name__=~\"a|b\"}", DateTimeOffset.FromUnixTimeSeconds(2), Token);
        Assert.Equal("b", Assert.Single(Assert.IsType<VectorValue>(instant.Value).Samples).Labels.MetricName);
        Assert.Equal(["native histograms are not evaluated; those of \"a\" are left out"], instant.Warnings);
        const string Twice = "count_over_time(a[1m]) + count_over_time(a[2m])";
        QueryResult range = await engine.QueryAsync(Twice, DateTimeOffset.FromUnixTimeSeconds(2), Token);
        Assert.Equal(2, Assert.Single(Assert.IsType<VectorValue>(range.Value).Samples).Sample.Value);
        Assert.Single(range.Warnings);
        Assert.Empty((await engine.QueryAsync("b", DateTimeOffset.FromUnixTimeSeconds(2), Token)).Warnings);
    }

    [Fact]
    public void An_appender_that_was_closed_takes_nothing_more()
    {
        ISeriesAppender appender = _store.Open(LabelSet.Empty, SourceKind.Target);
        appender.Append(appender.Refer(A), 1, 1);
        appender.Dispose();
        appender.Dispose();
        Assert.Throws<ObjectDisposedException>(() => appender.Commit());
    }

    private SampleBuffer Read(LabelSet labels)
    {
        var buffer = new SampleBuffer();
        _store.Index.Find(labels)!.Read(0, long.MaxValue, buffer);
        return buffer;
    }
}
