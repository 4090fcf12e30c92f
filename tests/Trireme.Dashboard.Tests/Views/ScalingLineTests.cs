using Trireme.Contracts.Resources;
using Trireme.Dashboard.Views;

namespace Trireme.Dashboard.Tests.Views;

public sealed class ScalingLineTests
{
    [Fact]
    public void A_service_that_follows_its_load_says_number_bounds_reason_and_the_last_start()
    {
        string line = ScalingLine.Of(Service(desired: 3), Samples.Now)!;
        Assert.Equal(
            "3 of 0 to 8 replicas by load, 2 ready, from 1 4 min ago: ten requests come per second. "
                + "Last start: create 0.4 s (forecast 0.3 s), load 12 s so far (forecast 9 s).",
            line);
    }

    [Fact]
    public void One_that_sleeps_says_how_it_wakes() =>
        Assert.StartsWith("Asleep: the next request starts a replica, from 1 ", ScalingLine.Of(Service(desired: 0), Samples.Now));

    [Fact]
    public void One_whose_number_a_person_sets_says_nothing() => Assert.Null(ScalingLine.Of(Samples.Service(), Samples.Now));

    private static ModelService Service(int desired)
    {
        ModelService service = Samples.Service(replicas: 1);
        return service with
        {
            Spec = service.Spec with { Scaling = new ScalingSpec { MinReplicas = 0, MaxReplicas = 8 } },
            Status = Samples.Status(ready: 2) with
            {
                Scaling = new ScalingStatus
                {
                    Desired = desired,
                    Reason = "ten requests come per second",
                    ChangedFrom = 1,
                    LastChange = Samples.Now.AddMinutes(-4),
                    Startup =
                    [
                        new() { Phase = "create", Seconds = 0.4, Done = true, ForecastSeconds = 0.3 },
                        new() { Phase = "load", Seconds = 12, ForecastSeconds = 9 },
                    ],
                },
            },
        };
    }
}
