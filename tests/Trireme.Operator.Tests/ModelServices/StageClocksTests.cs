using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Fleet.Services;
using Trireme.Operator.ModelServices;
using Trireme.Testing;

namespace Trireme.Operator.Tests.ModelServices;

public sealed class StageClocksTests : IDisposable
{
    private readonly TimeDriver _driver = new();
    private readonly StageClocks _clocks;

    public StageClocksTests() => _clocks = new StageClocks(_driver.Time);

    public void Dispose() => _driver.Dispose();

    [Theory]
    [InlineData(-60)]
    [InlineData(10)]
    public void A_clock_that_is_set_changes_no_interval(int minutes)
    {
        ServiceSnapshot seen = Moving("one", elapsed: 0);
        Assert.Equal(TimeSpan.Zero, _clocks.Read(seen));
        _driver.AdvanceBy(TimeSpan.FromSeconds(30));
        _driver.SetWallClock(TimeSpan.FromMinutes(minutes));
        _driver.AdvanceBy(TimeSpan.FromSeconds(12));
        Assert.Equal(TimeSpan.FromSeconds(42), _clocks.Read(seen));
    }

    [Fact]
    public void A_platform_that_is_started_again_goes_on_from_what_is_recorded()
    {
        Assert.Equal(TimeSpan.FromSeconds(95), _clocks.Read(Moving("one", elapsed: 95)));
        _driver.AdvanceBy(TimeSpan.FromSeconds(7));

        // What is recorded meanwhile is what this clock has shown.
        Assert.Equal(TimeSpan.FromSeconds(102), _clocks.Read(Moving("one", elapsed: 100)));
    }

    [Fact]
    public void Another_move_has_another_clock_and_what_does_not_move_has_none()
    {
        _clocks.Read(Moving("one", elapsed: 0));
        _driver.AdvanceBy(TimeSpan.FromSeconds(30));
        Assert.Equal(TimeSpan.Zero, _clocks.Read(Moving("two", elapsed: 0)));
        Assert.Equal(TimeSpan.Zero, _clocks.Read(Moving("two", elapsed: 50, RolloutPhase.Promoted)));
    }

    private static ServiceSnapshot Moving(string id, int elapsed, RolloutPhase phase = RolloutPhase.Preparing) => new()
    {
        Service = new ModelService
        {
            Metadata = new ObjectMeta { Name = "tiny", Namespace = "default", Uid = "u" },
            Spec = new ModelServiceSpec { Release = "new" },
            Status = new ModelServiceStatus
            {
                StableRelease = new ReleaseRef { Name = "old", ContentHash = "o" },
                Rollout = new RolloutStatus
                {
                    Phase = phase,
                    Id = id,
                    From = new ReleaseRef { Name = "old", ContentHash = "o" },
                    To = new ReleaseRef { Name = "new", ContentHash = "n" },
                    Plan = new RolloutSpec(),
                    Elapsed = Duration.FromSeconds(elapsed),
                },
            },
        },
        Releases = new Dictionary<string, Release>(),
        Replicas = [],
    };
}
