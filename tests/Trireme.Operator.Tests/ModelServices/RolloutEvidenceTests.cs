using Microsoft.Extensions.Logging.Abstractions;
using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts;
using Trireme.Fleet.Services;
using Trireme.Kubernetes;
using Trireme.Operator.ModelServices;
using Trireme.Operator.Quality;
using Trireme.Testing;

namespace Trireme.Operator.Tests.ModelServices;

public sealed class RolloutEvidenceTests : IDisposable
{
    private static readonly ResourceKey Key = new("default", "tiny");

    private readonly TimeDriver _driver = new();
    private readonly Telemetry _telemetry = new();
    private readonly Probe _probe = new();
    private readonly RolloutEvidence _evidence;
    private readonly List<ResourceKey> _told = [];

    public RolloutEvidenceTests()
    {
        _evidence = new RolloutEvidence(_telemetry, _probe, new OpenReplicas(), NullLogger<RolloutEvidence>.Instance, _driver.Time);
        _evidence.Changed += _told.Add;
    }

    public void Dispose() => _driver.Dispose();

    [Fact]
    public void A_decision_takes_what_is_known_and_is_told_when_there_is_more()
    {
        Assert.Empty(AddTo(RolloutPhase.Progressing).Samples.Windows);
        _driver.RunUntilIdle();
        Assert.Equal([Key], _told);
        Assert.Single(AddTo(RolloutPhase.Progressing).Samples.Windows);
        Assert.Equal(1, _telemetry.Reads);
    }

    [Fact]
    public void Samples_are_read_again_once_they_are_old()
    {
        AddTo(RolloutPhase.Progressing);
        _driver.AdvanceBy(TimeSpan.FromSeconds(2));
        AddTo(RolloutPhase.Progressing);
        _driver.RunUntilIdle();
        Assert.Equal(2, _telemetry.Reads);
    }

    [Fact]
    public void A_release_without_traffic_is_not_judged()
    {
        AddTo(RolloutPhase.Preparing);
        AddTo(RolloutPhase.Promoted);
        _driver.RunUntilIdle();
        Assert.Equal(0, _telemetry.Reads);
        Assert.Equal([Key, Key], _probe.Forgotten);
    }

    [Fact]
    public void Samples_that_cannot_be_read_are_named_and_nobody_is_judged_by_them()
    {
        _telemetry.Failure = new HttpRequestException("connection refused");
        AddTo(RolloutPhase.Progressing);
        _driver.RunUntilIdle();
        ServiceSnapshot seen = AddTo(RolloutPhase.Progressing);
        Assert.Empty(seen.Samples.Windows);
        Assert.Equal("The samples of the step could not be read: connection refused", seen.SamplesProblem);
    }

    [Fact]
    public void A_telemetry_system_that_does_not_answer_holds_up_nothing_and_is_named_after_a_while()
    {
        _telemetry.Answers = false;
        AddTo(RolloutPhase.Progressing);
        _driver.AdvanceBy(TimeSpan.FromSeconds(14));
        Assert.Null(AddTo(RolloutPhase.Progressing).SamplesProblem);
        _driver.AdvanceBy(TimeSpan.FromSeconds(1));
        Assert.Equal(
            "The samples of the step could not be read: no answer within 15 s", AddTo(RolloutPhase.Progressing).SamplesProblem);
    }

    [Fact]
    public void The_samples_of_one_step_are_not_those_of_the_next()
    {
        AddTo(RolloutPhase.Progressing);
        _driver.RunUntilIdle();
        Assert.Empty(AddTo(RolloutPhase.Progressing, stepSeconds: 60).Samples.Windows);
        _driver.RunUntilIdle();
        Assert.Equal(2, _telemetry.Reads);
    }

    private ServiceSnapshot AddTo(RolloutPhase phase, int stepSeconds = 0) => _driver.Inside(() => _evidence.AddTo(new ServiceSnapshot
    {
        Service = new ModelService
        {
            Metadata = new ObjectMeta { Name = Key.Name, Namespace = Key.Namespace, Uid = "u" },
            Spec = new ModelServiceSpec { Release = "new" },
            Status = new ModelServiceStatus
            {
                Rollout = new RolloutStatus
                {
                    Phase = phase,
                    From = new ReleaseRef { Name = "old", ContentHash = "o" },
                    To = new ReleaseRef { Name = "new", ContentHash = "n" },
                    Plan = new RolloutSpec(),
                    StepStartedAt = DateTimeOffset.UnixEpoch.AddSeconds(stepSeconds),
                },
            },
        },
        Releases = new Dictionary<string, Release>(),
        Replicas = [],
    }));

    private sealed class Telemetry : IRolloutTelemetry
    {
        public int Reads { get; private set; }

        public Exception? Failure { get; set; }

        public bool Answers { get; set; } = true;

        public async Task<IReadOnlyList<WindowPair>> ReadWindowsAsync(
            string @namespace,
            string service,
            ReleaseRef baseline,
            ReleaseRef candidate,
            TimeSpan within,
            CancellationToken cancellationToken)
        {
            Reads++;
            if (Failure is not null) throw Failure;
            if (!Answers)
            {
                var never = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                await using (cancellationToken.Register(() => never.TrySetCanceled(cancellationToken))) await never.Task;
            }

            return [new WindowPair(default, new ArmWindow(), new ArmWindow())];
        }
    }

    private sealed class Probe : IQualityProbe
    {
        public event Action<ResourceKey>? Finished
        {
            add { }
            remove { }
        }

        public List<ResourceKey> Forgotten { get; } = [];

        public QualityResult Read(ResourceKey service, int step, QualityComparison comparison) => QualityResult.Pending;

        public void Forget(ResourceKey service) => Forgotten.Add(service);
    }
}
