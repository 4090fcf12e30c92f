using Microsoft.Extensions.Logging.Abstractions;
using Trireme.Contracts.Metrics;
using Trireme.Contracts.Resources;
using Trireme.Testing;

namespace Trireme.Kubernetes.Tests.Events;

public sealed class EventRecorderTests
{
    /// <summary>Answers take a moment, in which the end comes.</summary>
    [Fact]
    public void What_is_being_written_at_the_end_and_what_waits_are_written()
    {
        using var driver = new TimeDriver();
        var api = new MemoryApi(driver.Time);
        using var connection = new FaultyApi(api, new FaultPlan(1, driver.Time), driver.Time);
        var about = new ConfigMap { Metadata = new ObjectMeta { Name = "a", Namespace = "default", Uid = "u" } };
        var recorder = new EventRecorder(
            connection.Of<Event>(), new MetricRegistry(), NullLogger<EventRecorder>.Instance, driver.Time);
        using var stop = new CancellationTokenSource();
        void End() => stop.Cancel();
        Task running = driver.Start(() => recorder.RunAsync(stop.Token));
        recorder.Record(about, EventType.Warning, "Broken", "It broke.");
        recorder.Record(about, EventType.Warning, "Broken", "It broke.");
        recorder.Record(about, EventType.Normal, "Fixed", "It works.");
        driver.Start(async () =>
        {
            await Task.Yield();
            End();
        });
        driver.Await(running);
        Assert.Equal([("Broken", 2), ("Fixed", 1)], api.All<Event>().Select(static news => (news.Reason!, news.Count!.Value)).Order());
    }
}
