using Microsoft.Extensions.Time.Testing;
using Trireme.Contracts.Engines;
using Trireme.Contracts.Resources;
using Trireme.Operator.Releases;

namespace Trireme.Operator.Tests.Releases;

public sealed class TimedReleaseReaderTests
{
    private static readonly EngineFiles Files = EngineFiles.Of(new ReleaseSpec { Source = new ModelSource { Path = "/mnt/model" } });

    [Fact]
    public async Task A_read_that_hangs_ends_with_what_to_do_and_no_second_one_is_begun_beside_it()
    {
        var time = new FakeTimeProvider();
        var disk = new HangingDisk();
        var reader = new TimedReleaseReader(disk, time);
        Task<ReleaseObservation> reading = reader.ReadAsync(Files, comparesParts: true, TestContext.Current.CancellationToken);
        await disk.Begun.Task.WaitAsync(TestContext.Current.CancellationToken);
        time.Advance(TimedReleaseReader.Limit);
        Assert.Contains("within 1 h. The disk or the mount hangs", (await reading).Model.Unreadable);
        Assert.NotNull((await reader.ReadAsync(Files, comparesParts: true, TestContext.Current.CancellationToken)).Model.Unreadable);
        Assert.Equal(1, disk.Reads);

        // The disk answers at last: the next read is an ordinary one.
        disk.Answer.SetResult(Good);
        await disk.Ended.Task.WaitAsync(TestContext.Current.CancellationToken);
        while ((await reader.ReadAsync(Files, comparesParts: true, TestContext.Current.CancellationToken)).Model.Unreadable is not null)
        {
            // The abandoned read ends on another thread.
        }
    }

    private static ReleaseObservation Good { get; } =
        new(new SourceObservation { Kind = SourceKind.Model, Path = "/mnt/model", Looked = [], ResolvedPath = "/mnt/model" });

    private sealed class HangingDisk : IReleaseReader
    {
        public TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource<ReleaseObservation> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Reads { get; private set; }

        public async Task<ReleaseObservation> ReadAsync(EngineFiles files, bool comparesParts, CancellationToken cancellationToken)
        {
            Reads++;
            Begun.TrySetResult();
            ReleaseObservation answer = await Answer.Task;
            Ended.TrySetResult();
            return answer;
        }
    }
}
