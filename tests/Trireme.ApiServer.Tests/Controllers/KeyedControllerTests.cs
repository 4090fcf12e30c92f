using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Trireme.ApiServer.Hosting;

namespace Trireme.ApiServer.Tests.Controllers;

public sealed class KeyedControllerTests
{
    private const int Together = 4;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task So_many_keys_are_looked_at_at_one_time_and_one_that_fails_is_looked_at_again_without_the_others()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var controller = new Controller([.. Enumerable.Range(0, Together * 2)], gate.Task) { Fails = { 5 } };
        await controller.StartAsync(Cancel);
        await Eventually("the first are looked at", () => controller.Looks.Count >= Together);
        Assert.Equal(Together, controller.Looks.Count);
        gate.SetResult();
        await Eventually("the one that failed is looked at again", () => controller.Looks.Count(static key => key == 5) == 2);
        await controller.StopAsync(Cancel);
        Assert.Equal((Together * 2) + 1, controller.Looks.Count);
    }

    private static Task Eventually(string awaited, Func<bool> probe) =>
        Testing.Eventually.True(awaited, TimeSpan.FromSeconds(30), () => Task.FromResult(probe()));

    private sealed class Controller(int[] keys, Task gate) : KeyedController<int>(
        new ApiServerOptions { DatabasePath = "", Authenticators = [] }, NullLogger.Instance)
    {
        public ConcurrentQueue<int> Looks { get; } = new();

        /// <summary>Keys of which one look fails.</summary>
        public HashSet<int> Fails { get; } = [];

        protected override int SideBySide => Together;

        protected override void Begin()
        {
            foreach (int key in keys) Due.Add(key);
        }

        protected override async Task<TimeSpan?> LookAsync(int key)
        {
            Looks.Enqueue(key);
            await gate;
            lock (Fails)
            {
                if (Fails.Remove(key)) throw new InvalidOperationException("It cannot be read now.");
            }

            return null;
        }
    }
}
