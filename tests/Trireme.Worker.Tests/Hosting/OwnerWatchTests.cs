using Microsoft.Extensions.Time.Testing;
using Trireme.Testing;
using Trireme.Worker.Hosting;

namespace Trireme.Worker.Tests.Hosting;

public sealed class OwnerWatchTests : IDisposable
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new();
    private readonly string _file;
    private readonly OwnerWatch _watch;

    public OwnerWatchTests()
    {
        _file = _folder.File("owner.lock");
        _watch = new OwnerWatch(_file, Minute, _time);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_owner_that_holds_its_lock_is_never_lost()
    {
        using FileStream owner = Lock();

        Assert.False(LostAfter(TimeSpan.FromHours(1)));
    }

    [Fact]
    public void An_owner_is_lost_when_the_timeout_has_passed_without_a_lock()
    {
        Lock().Dispose();

        Assert.False(LostAfter(TimeSpan.FromSeconds(55)));
        Assert.True(LostAfter(TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public void A_lock_file_that_was_never_made_means_no_owner()
    {
        Assert.False(LostAfter(TimeSpan.FromSeconds(55)));
        Assert.True(LostAfter(TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public void An_owner_that_returns_in_time_starts_the_clock_again()
    {
        Assert.False(LostAfter(TimeSpan.FromSeconds(50)));
        using (Lock()) Assert.False(LostAfter(TimeSpan.FromSeconds(5)));

        Assert.False(LostAfter(TimeSpan.FromSeconds(55)));
        Assert.True(LostAfter(TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public void The_probe_of_another_worker_is_no_owner()
    {
        Lock().Dispose();
        using var other = new FileStream(_file, FileMode.Open, FileAccess.Read, FileShare.Read);

        Assert.True(LostAfter(Minute));
    }

    [Fact]
    public async Task The_watch_ends_with_the_owner()
    {
        FileStream owner = Lock();
        Task lost = _watch.WaitUntilLostAsync(TestContext.Current.CancellationToken);

        _time.Advance(Minute);
        Assert.False(lost.IsCompleted);
        await owner.DisposeAsync();
        // A probe that still saw the lock starts a minute of its own.
        while (!lost.IsCompleted)
        {
            _time.Advance(Minute);
            await Task.Yield();
        }

        await lost;
    }

    private FileStream Lock() => new(_file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

    /// <summary>Probes every five seconds, as the watch does.</summary>
    private bool LostAfter(TimeSpan time)
    {
        bool lost = false;
        for (TimeSpan passed = TimeSpan.Zero; passed < time; passed += TimeSpan.FromSeconds(5))
        {
            _time.Advance(TimeSpan.FromSeconds(5));
            lost = _watch.Probe();
        }

        return lost;
    }
}
