using Microsoft.Extensions.Logging.Abstractions;
using Trireme.Contracts.Engines;
using Trireme.Contracts.Metrics;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Timing;
using Trireme.Fleet.Replicas;
using Trireme.Kubernetes;
using Trireme.Operator.Runtimes;
using Trireme.Operator.Releases;
using Trireme.Operator.Runtimes.Processes;
using Trireme.Operator.Tests.TestWorker;
using Trireme.Testing;

namespace Trireme.Operator.Tests.Runtimes.Processes;

/// <summary>A runtime over real processes in a folder of its own. Disposing it kills what is left.</summary>
internal sealed class RuntimeFixture : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<WorkerProbe> _probes = [];

    public RuntimeFixture(Func<ReplicaTimings, ReplicaTimings>? adapt = null)
    {
        var quick = new ReplicaTimings
        {
            HealthTimeout = TimeSpan.FromSeconds(1),
            Restart = new Backoff { First = TimeSpan.FromMilliseconds(50), Longest = TimeSpan.FromMilliseconds(200) },
            StopPoll = TimeSpan.FromMilliseconds(20),
        };
        Timings = adapt?.Invoke(quick) ?? quick;
        Directory.CreateDirectory(ModelFolder);
        Runtime = NewPlatform();
    }

    public ReplicaTimings Timings { get; }

    /// <summary>The files that engines are cleared to read.</summary>
    public IReadOnlyList<PinnedFile> Pins { get; set; } = [];

    public MetricRegistry Metrics { get; } = new();

    public ProcessReplicaRuntime Runtime { get; private set; }

    public string ReplicasFolder => _folder.File("replicas");

    public ReplicaLogStore Logs => new(_folder.File("logs"));

    public string ModelFolder => _folder.File("model");

    public static TimeSpan Deadline { get; } = TimeSpan.FromSeconds(15);

    public ReplicaFolder Folder(ModelReplica replica) => new(ReplicasFolder, ResourceKey.Of(replica));

    /// <summary>A client that presents the key of a replica's newest process.</summary>
    public HttpClient ClientOf(ModelReplica replica)
    {
        var http = new HttpClient();
        http.DefaultRequestHeaders.Add("Authorization", Folder(replica).ReadKey()!.ToAuthorization());
        return http;
    }

    /// <summary>A platform that was killed and started again: nothing but the folder is left of the one before.</summary>
    public async Task RestartPlatformAsync()
    {
        Runtime.Dispose();
        Runtime = NewPlatform();
        await Runtime.AdoptAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>A second platform on a copy of the folder as it is now, beside the first.</summary>
    public async Task<ProcessReplicaRuntime> StartOnCopyAsync()
    {
        string copy = _folder.File("copy");
        foreach (string file in Directory.EnumerateFiles(ReplicasFolder, "*", SearchOption.AllDirectories))
        {
            string place = Path.Combine(copy, Path.GetRelativePath(ReplicasFolder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(place)!);
            File.Copy(file, place);
        }

        ProcessReplicaRuntime second = NewPlatform(copy, _folder.File("copy.lock"));
        await second.AdoptAsync(TestContext.Current.CancellationToken);
        return second;
    }

    public void Behave(string behaviour) => File.WriteAllText(Path.Combine(ModelFolder, "behaviour"), behaviour);

    public ModelReplica Replica(string name = "tiny-1", string uid = "u1", int drainSeconds = 5, long memory = 1L << 30) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "default", Uid = uid },
        Spec = new ModelReplicaSpec
        {
            Service = "tiny",
            Release = "tiny-v1",
            ContentHash = "hash",
            Model = ArtifactSource.OfFile(ModelFolder),
            Resources = new ReplicaResources { Memory = new ByteSize(memory) },
            DrainTimeout = Duration.FromSeconds(drainSeconds),
        },
    };

    /// <summary>Does what the control loop does until the replica is as wanted.</summary>
    public async Task<ReplicaObservation> DriveAsync(ModelReplica replica, string awaited, Func<ReplicaObservation, bool> until) =>
        await Eventually.Get(awaited, Deadline, async () =>
        {
            ReplicaObservation seen = await Runtime.ObserveAsync(replica, TestContext.Current.CancellationToken);
            if (until(seen)) return seen;
            if (seen.MayStart) await Runtime.StartAsync(replica, TestContext.Current.CancellationToken);
            return null;
        });

    public Task<ReplicaObservation> ReadyAsync(ModelReplica replica) =>
        DriveAsync(replica, "the replica is ready", seen => seen.Phase == ReplicaPhase.Ready);

    public Task StoppedAsync(ModelReplica replica) => Eventually.True(
        "the replica has stopped", Deadline, () => Runtime.StopAsync(ResourceKey.Of(replica), TestContext.Current.CancellationToken));

    public void Dispose()
    {
        foreach (ResourceKey key in ReplicaFolder.List(ReplicasFolder))
        {
            string endpointFile = new ReplicaFolder(ReplicasFolder, key).EndpointFile;
            foreach (ReplicaProcess process in ProcessTable.WithArgument(endpointFile)) ProcessTable.Signal(process, ProcessTable.Kill);
        }

        foreach (WorkerProbe probe in _probes) probe.Dispose();
        _folder.Dispose();
    }

    private ProcessReplicaRuntime NewPlatform() => NewPlatform(ReplicasFolder, _folder.File("owner.lock"));

    private ProcessReplicaRuntime NewPlatform(string replicasFolder, string ownerLock)
    {
        var probe = new WorkerProbe(Timings.HealthTimeout, TimeProvider.System);
        _probes.Add(probe);
        return new ProcessReplicaRuntime(
            replicasFolder,
            ownerLock,
            new WorkerLauncher(TestEngine.Program, ownerLock, TimeSpan.FromMinutes(1)),
            ControlGroups.Open(),
            probe,
            new ReplicaLogWriter(Logs, Timings, new ReplicaMetrics(Metrics), TimeProvider.System),
            (_, _) => Task.FromResult(new StartClearance(Problem: null, Pins)),
            Timings,
            new ReplicaMetrics(Metrics),
            NullLogger<ProcessReplicaRuntime>.Instance,
            TimeProvider.System);
    }
}
