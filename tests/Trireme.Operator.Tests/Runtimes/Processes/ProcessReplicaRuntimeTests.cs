using System.Diagnostics;
using System.Text.Json;
using Trireme.Contracts.Engines;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Fleet.Replicas;
using Trireme.Kubernetes;
using Trireme.Operator.Runtimes;
using Trireme.Operator.Runtimes.Processes;
using Trireme.Testing;

namespace Trireme.Operator.Tests.Runtimes.Processes;

public sealed class ProcessReplicaRuntimeTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_engine_becomes_ready_with_its_options_and_tells_what_its_start_took()
    {
        using var fixture = new RuntimeFixture();
        ModelReplica replica = fixture.Replica();
        ReplicaObservation seen = await fixture.ReadyAsync(replica);
        Assert.Equal(
            [new StartupStage { Stage = "weights", Seconds = 0.25 }, new StartupStage { Stage = "warm-up", Seconds = 0.5 }], seen.Startup!);
        Assert.NotNull(seen.ReadyAt);
        Assert.Equal(0, seen.Restarts);
        using HttpClient http = fixture.ClientOf(replica);
        var options = JsonSerializer.Deserialize<Dictionary<string, string>>(
            await http.GetStringAsync(new Uri(seen.Endpoint + "/options"), Cancelled))!;
        Assert.Equal(fixture.ModelFolder, options["--model"]);
        Assert.Equal(("tiny", "tiny-v1", "hash"), (options["--served-model-name"], options["--release"], options["--content-hash"]));
        Assert.Equal(("0", "5s", "1073741824"), (options["--port"], options["--drain-timeout"], options["--memory"]));
    }

    [Fact]
    public async Task An_engine_lives_in_a_session_of_its_own_so_that_the_terminal_cannot_interrupt_it()
    {
        using var fixture = new RuntimeFixture();
        ReplicaObservation seen = await fixture.ReadyAsync(fixture.Replica());
        string stat = await File.ReadAllTextAsync($"/proc/{seen.Runtime.Process!.Pid}/stat", Cancelled);
        string session = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[3];
        Assert.Equal(seen.Runtime.Process.Pid.ToString(System.Globalization.CultureInfo.InvariantCulture), session);
    }

    [Fact]
    public async Task A_crashing_engine_is_started_again_after_growing_pauses_and_says_why_it_ended()
    {
        using var fixture = new RuntimeFixture();
        fixture.Behave("crash");
        ReplicaObservation seen = await fixture.DriveAsync(
            fixture.Replica(), "three restarts", seen => seen is { Restarts: 3, Phase: ReplicaPhase.BackingOff });
        Assert.Equal(ExitReason.Crashed, seen.LastExit!.Reason);
        Assert.Equal(("it ended with exit code 3", 3), (seen.LastExit.Message, seen.LastExit.Code));
        Assert.True(seen.StartedAt is null && seen.LastExit.StartedAt <= seen.LastExit.At);
        Assert.Equal(0.2, (seen.NextStartAt - seen.LastExit.At)!.Value.TotalSeconds, 3);
        Assert.Contains("trireme_operator_replica_restarts_total{namespace=\"default\",service=\"tiny\"} 3", fixture.Metrics.ToText());
        Assert.Contains("trireme_operator_replica_exits_total{reason=\"Crashed\"} 4", fixture.Metrics.ToText());
    }

    [Fact]
    public async Task Each_process_has_a_log_that_begins_with_its_start_and_ends_with_how_it_ended()
    {
        using var fixture = new RuntimeFixture(timings => timings with { LogsPerReplica = 2 });
        fixture.Behave("crash");
        ModelReplica replica = fixture.Replica();
        ReplicaObservation seen = await fixture.DriveAsync(
            replica, "three restarts", seen => seen is { Restarts: 3, Phase: ReplicaPhase.BackingOff });
        IReadOnlyList<ReplicaLog> logs = fixture.Logs.In(ResourceKey.Of(replica));
        Assert.Equal([3, 4], logs.Select(log => log.Start));
        Assert.Equal(seen.LogFile, logs[^1].File);
        string[] lines = await File.ReadAllLinesAsync(logs[^1].File, Cancelled);
        Assert.EndsWith("Z start: process 4 of replica default/tiny-1, service tiny, release tiny-v1", lines[0]);
        Assert.Contains("the weights are damaged", lines);
        Assert.Matches("Z exit: Crashed: it ended with exit code 3 after [0-9]+ s", lines[^1]);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(logs[^1].File));
        Assert.Matches("replica_log_bytes_removed_total [1-9]", fixture.Metrics.ToText());

        // The logs outlive the replica.
        await fixture.StoppedAsync(replica);
        Assert.Empty(ReplicaFolder.List(fixture.ReplicasFolder));
        Assert.Equal(2, fixture.Logs.List().Count);
    }

    [Fact]
    public async Task An_engine_that_somebody_put_to_sleep_is_woken_and_goes_on_as_the_same_process()
    {
        using var fixture = new RuntimeFixture();
        ModelReplica replica = fixture.Replica();
        ReplicaObservation before = await fixture.ReadyAsync(replica);
        await PutToSleepAsync(fixture, replica, before.Endpoint!);
        await fixture.DriveAsync(replica, "it is out of routing", seen => seen is { Phase: ReplicaPhase.Starting, Asleep: true });
        ReplicaObservation after = await fixture.ReadyAsync(replica);
        Assert.Equal((before.Runtime.Process, 0, false), (after.Runtime.Process, after.Restarts, after.Asleep));
    }

    [Fact]
    public async Task One_that_cannot_be_woken_is_started_again_within_the_time_and_says_why()
    {
        using var fixture = new RuntimeFixture(timings => timings with { WakeTimeout = TimeSpan.FromMilliseconds(300) });
        fixture.Behave("deep sleeper");
        ModelReplica replica = fixture.Replica();
        ReplicaObservation before = await fixture.ReadyAsync(replica);
        await PutToSleepAsync(fixture, replica, before.Endpoint!);
        ReplicaObservation after = await fixture.DriveAsync(
            replica, "another process serves", seen => seen is { Phase: ReplicaPhase.Ready, Restarts: 1 });
        Assert.Equal(ExitReason.PutToSleep, after.LastExit!.Reason);
        Assert.NotEqual(before.Runtime.Process, after.Runtime.Process);
    }

    private static async Task PutToSleepAsync(RuntimeFixture fixture, ModelReplica replica, string endpoint)
    {
        using HttpClient http = fixture.ClientOf(replica);
        using HttpResponseMessage answer = await http.PostAsync(new Uri(endpoint + "/sleep?level=2"), null, Cancelled);
        Assert.True(answer.IsSuccessStatusCode);
    }

    [Theory]
    [InlineData("pipe")]
    [InlineData("socket")]
    [InlineData("folder")]
    public async Task What_is_no_file_in_a_replicas_folder_holds_nothing_up(string kind)
    {
        using var fixture = new RuntimeFixture();
        ModelReplica replica = fixture.Replica();
        ReplicaFolder folder = fixture.Folder(replica);
        Directory.CreateDirectory(folder.Path);
        SpecialFile.Make(kind, folder.EndpointFile);
        SpecialFile.Make(kind, folder.KeyFile);
        SpecialFile.Make(kind, Path.Combine(folder.Path, "state.json"));
        await Task.Run(() =>
        {
            Assert.Null(folder.ReadRecord());
            Assert.Null(folder.ReadKey());
            Assert.Null(folder.ReadEndpoint(1));
        }, Cancelled).WaitAsync(RuntimeFixture.Deadline, TimeProvider.System, Cancelled);
    }

    [Fact]
    public async Task What_an_earlier_platform_left_half_written_is_gone_after_a_start()
    {
        using var fixture = new RuntimeFixture();
        ModelReplica replica = fixture.Replica();
        await fixture.ReadyAsync(replica);
        string half = fixture.Folder(replica).PinsFile + ".0123456789abcdef0123456789abcdef.tmp";
        await File.WriteAllTextAsync(half, "{", Cancelled);
        await fixture.RestartPlatformAsync();
        Assert.False(File.Exists(half));
    }

    [Fact]
    public async Task An_engine_that_says_it_cannot_serve_is_not_started_again_and_again()
    {
        using var fixture = new RuntimeFixture();
        fixture.Behave("refuse");
        ModelReplica replica = fixture.Replica();
        ReplicaObservation seen = await fixture.DriveAsync(replica, "the refusal", seen => seen.ExitIsNew);
        Assert.Equal((ReplicaPhase.Failed, false), (seen.Phase, seen.MayStart));
        Assert.Equal("The model cannot be served. It is damaged.", seen.Refusal);
        Assert.Equal((ExitReason.CannotServe, "The model cannot be served. It is damaged"), (seen.LastExit!.Reason, seen.LastExit.Message));
        Assert.True(seen.NextStartAt - seen.LastExit.At >= TimeSpan.FromMinutes(10));

        // Another version of the program may serve it.
        await fixture.RestartPlatformAsync();
        Assert.True((await fixture.Runtime.ObserveAsync(replica, Cancelled)).MayStart);
    }

    [Fact]
    public async Task An_engine_whose_files_were_changed_says_so_and_may_start_once_they_are_put_back()
    {
        using var fixture = new RuntimeFixture();
        ModelReplica replica = fixture.Replica();
        fixture.Behave("changed");
        ReplicaObservation seen = await fixture.DriveAsync(replica, "the end", seen => seen.ExitIsNew);
        Assert.Equal(
            (ExitReason.ModelFileChanged, "/m/model.safetensors has 0 bytes and had 9. Restore it"),
            (seen.LastExit!.Reason, seen.LastExit.Message));
        fixture.Behave("");
        await fixture.ReadyAsync(replica);
    }

    [Fact]
    public async Task An_engine_is_told_the_digests_of_what_it_may_read_in_a_file_of_its_owners()
    {
        using var fixture = new RuntimeFixture { Pins = [new PinnedFile("/m/model.safetensors", "sha256:00")] };
        ModelReplica replica = fixture.Replica();
        await fixture.ReadyAsync(replica);
        string file = fixture.Folder(replica).PinsFile;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        string told = await File.ReadAllTextAsync(file, Cancelled);
        Assert.Equal(fixture.Pins, JsonSerializer.Deserialize<PinnedFileList>(told, ResourceJson.Options)!.Files);
    }

    [Fact]
    public async Task An_engine_killed_from_outside_comes_back_as_another_process()
    {
        using var fixture = new RuntimeFixture();
        ModelReplica replica = fixture.Replica();
        var ended = new TaskCompletionSource<ResourceKey>(TaskCreationOptions.RunContinuationsAsynchronously);
        fixture.Runtime.Changed += key => ended.TrySetResult(key);
        ReplicaObservation first = await fixture.ReadyAsync(replica);
        Process.GetProcessById(first.Runtime.Process!.Pid).Kill();
        Assert.Equal(ResourceKey.Of(replica), await ended.Task.WaitAsync(RuntimeFixture.Deadline, TimeProvider.System, Cancelled));
        ReplicaObservation dead = await fixture.DriveAsync(replica, "the end is noticed", seen => seen.ExitIsNew);
        Assert.Equal(ExitReason.Killed, dead.LastExit!.Reason);
        Assert.Null(dead.Endpoint);
        ReplicaObservation again = await fixture.ReadyAsync(replica);
        Assert.NotEqual(first.Runtime.Process, again.Runtime.Process);
        Assert.Equal(1, again.Restarts);
        Assert.Null(dead.ReadyAt);
        Assert.True(again.ReadyAt > again.StartedAt && again.StartedAt > first.ReadyAt, $"{again.StartedAt:O} to {again.ReadyAt:O}");
    }

    [Fact]
    public async Task A_restarted_platform_takes_over_living_engines_and_notices_their_end()
    {
        using var fixture = new RuntimeFixture();
        ModelReplica replica = fixture.Replica();
        ReplicaObservation before = await fixture.ReadyAsync(replica);
        await fixture.RestartPlatformAsync();
        ReplicaObservation adopted = await fixture.Runtime.ObserveAsync(replica, Cancelled);
        Assert.Equal(
            (before.Runtime.Process, before.Endpoint, ReplicaPhase.Ready, 0),
            (adopted.Runtime.Process, adopted.Endpoint, adopted.Phase, adopted.Restarts));
        Process.GetProcessById(before.Runtime.Process!.Pid).Kill();
        ReplicaObservation dead = await fixture.DriveAsync(replica, "the end is noticed", seen => seen.ExitIsNew);
        Assert.Equal(1, (await fixture.ReadyAsync(replica)).Restarts);
        Assert.True(dead.LastExit!.Reason is ExitReason.Vanished or ExitReason.Killed, dead.LastExit.ToString());
    }

    [Fact]
    public async Task An_engine_that_died_while_the_platform_was_away_is_started_again()
    {
        using var fixture = new RuntimeFixture();
        ModelReplica replica = fixture.Replica();
        ReplicaObservation before = await fixture.ReadyAsync(replica);
        Process.GetProcessById(before.Runtime.Process!.Pid).Kill();
        await Eventually.True(
            "the process is gone",
            RuntimeFixture.Deadline,
            () => Task.FromResult(!ProcessTable.IsAlive(before.Runtime.Process)),
            Cancelled);
        await fixture.RestartPlatformAsync();
        Assert.True((await fixture.Runtime.ObserveAsync(replica, Cancelled)).ExitIsNew);
        Assert.NotEqual(before.Runtime.Process, (await fixture.ReadyAsync(replica)).Runtime.Process);
    }

    [Fact]
    public async Task A_platform_that_died_in_the_middle_of_a_start_finds_the_process_by_its_arguments()
    {
        using var fixture = new RuntimeFixture();
        ModelReplica replica = fixture.Replica();
        ReplicaObservation before = await fixture.ReadyAsync(replica);
        new ReplicaFolder(fixture.ReplicasFolder, ResourceKey.Of(replica)).WriteRecord(new ReplicaRecord { Uid = "u1", Launching = true });
        await fixture.RestartPlatformAsync();
        Assert.Equal(before.Runtime.Process, (await fixture.ReadyAsync(replica)).Runtime.Process);
    }

    [Fact]
    public async Task A_stranger_that_got_the_engines_process_id_is_never_touched()
    {
        using var fixture = new RuntimeFixture();
        ModelReplica replica = fixture.Replica();
        using var stranger = Process.Start("sleep", "60");
        try
        {
            ReplicaProcess real = ProcessTable.Identify(stranger.Id)!;
            ReplicaProcess reused = real with { StartTicks = real.StartTicks - 1 };
            new ReplicaFolder(fixture.ReplicasFolder, ResourceKey.Of(replica)).WriteRecord(
                new ReplicaRecord { Uid = "u1", Process = reused });
            await fixture.RestartPlatformAsync();
            Assert.True((await fixture.Runtime.ObserveAsync(replica, Cancelled)).ExitIsNew);
            Assert.False(ProcessTable.Signal(reused, ProcessTable.Kill));
            Assert.True(await fixture.Runtime.StopAsync(ResourceKey.Of(replica), Cancelled));
            Assert.False(stranger.HasExited);
        }
        finally
        {
            stranger.Kill();
        }
    }

    [Fact]
    public async Task Stopping_lets_an_open_request_finish_and_leaves_nothing_behind()
    {
        using var fixture = new RuntimeFixture();
        ModelReplica replica = fixture.Replica();
        ReplicaObservation seen = await fixture.ReadyAsync(replica);
        using HttpClient http = fixture.ClientOf(replica);
        using HttpResponseMessage open = await http.GetAsync(
            new Uri(seen.Endpoint + "/slow"), HttpCompletionOption.ResponseHeadersRead, Cancelled);
        Assert.False(await fixture.Runtime.StopAsync(ResourceKey.Of(replica), Cancelled));
        await fixture.StoppedAsync(replica);
        Assert.Equal("done", await open.Content.ReadAsStringAsync(Cancelled));
        Assert.False(ProcessTable.IsAlive(seen.Runtime.Process!));
        Assert.Empty(ReplicaFolder.List(fixture.ReplicasFolder));
        Assert.Empty(fixture.Runtime.Known);
        Assert.Contains("exits_total{reason=\"Drained\"} 1", fixture.Metrics.ToText());
    }

    [Fact]
    public async Task An_engine_that_does_not_end_is_killed_past_its_drain_timeout()
    {
        using var fixture = new RuntimeFixture(timings => timings with { DrainMargin = TimeSpan.FromMilliseconds(100) });
        fixture.Behave("stubborn");
        ModelReplica replica = fixture.Replica(drainSeconds: 0);
        await fixture.ReadyAsync(replica);
        await fixture.StoppedAsync(replica);
        Assert.Contains("exits_total{reason=\"DrainTimeout\"} 1", fixture.Metrics.ToText());
    }

    [Fact]
    public async Task An_engine_over_its_memory_is_killed_and_says_so()
    {
        using var fixture = new RuntimeFixture(timings => timings with { RuntimeMemoryBytes = 0 });
        ModelReplica modest = fixture.Replica();
        fixture.Behave("greedy");
        await fixture.ReadyAsync(modest);

        // The collector's own limit would end the process first if both were the same; the watch is for memory it does not see.
        new ReplicaFolder(fixture.ReplicasFolder, ResourceKey.Of(modest)).WriteRecord(
            Record(fixture, modest) with { MemoryBytesMax = 30 << 20 });
        await fixture.RestartPlatformAsync();
        ReplicaObservation seen = await fixture.DriveAsync(modest, "the engine is killed", seen => seen.ExitIsNew);
        Assert.Equal(ExitReason.MemoryLimitExceeded, seen.LastExit!.Reason);
        Assert.Contains("30 MiB", seen.LastExit.Message);
    }

    [Fact]
    public async Task An_engine_that_never_becomes_ready_is_killed_after_the_startup_timeout()
    {
        using var fixture = new RuntimeFixture(timings => timings with { StartupTimeout = TimeSpan.FromSeconds(1) });
        fixture.Behave("loading");
        ReplicaObservation seen = await fixture.DriveAsync(fixture.Replica(), "the engine is killed", seen => seen.ExitIsNew);
        Assert.Equal(ExitReason.StartupTimeout, seen.LastExit!.Reason);
    }

    [Fact]
    public async Task An_engine_that_does_not_answer_is_killed()
    {
        using var fixture = new RuntimeFixture(timings => timings with
        {
            HealthTimeout = TimeSpan.FromMilliseconds(50),
            UnresponsiveAfter = TimeSpan.FromMilliseconds(500),
        });
        fixture.Behave("mute");
        ReplicaObservation seen = await fixture.DriveAsync(fixture.Replica(), "the engine is killed", seen => seen.ExitIsNew);
        Assert.Equal(ExitReason.Unresponsive, seen.LastExit!.Reason);
    }

    [Fact]
    public async Task Stopping_the_platform_ends_every_engine_and_keeps_the_books()
    {
        using var fixture = new RuntimeFixture();
        ModelReplica[] replicas = [fixture.Replica("tiny-1", "u1"), fixture.Replica("tiny-2", "u2")];
        ReplicaObservation[] seen = await Task.WhenAll(replicas.Select(fixture.ReadyAsync));
        await fixture.Runtime.StopAllAsync(Cancelled);
        Assert.All(seen, observation => Assert.False(ProcessTable.IsAlive(observation.Runtime.Process!)));
        await fixture.RestartPlatformAsync();
        ReplicaObservation next = await fixture.Runtime.ObserveAsync(replicas[0], Cancelled);
        Assert.Equal((true, ReplicaPhase.Pending, 0), (next.MayStart, next.Phase, next.Restarts));
    }

    [Fact]
    public async Task Stopping_the_platform_in_a_hurry_kills_what_does_not_end()
    {
        using var fixture = new RuntimeFixture();
        fixture.Behave("stubborn");
        ReplicaObservation seen = await fixture.ReadyAsync(fixture.Replica(drainSeconds: 600));
        await fixture.Runtime.StopAllAsync(new CancellationToken(canceled: true));
        Assert.False(ProcessTable.IsAlive(seen.Runtime.Process!));
    }

    [Fact]
    public async Task An_object_recreated_under_the_same_name_gets_an_engine_of_its_own()
    {
        using var fixture = new RuntimeFixture();
        ReplicaObservation old = await fixture.ReadyAsync(fixture.Replica(uid: "u1"));
        ReplicaObservation next = await fixture.ReadyAsync(fixture.Replica(uid: "u2"));
        Assert.NotEqual(old.Runtime.Process, next.Runtime.Process);
        Assert.False(ProcessTable.IsAlive(old.Runtime.Process!));
    }

    private static ReplicaRecord Record(RuntimeFixture fixture, ModelReplica replica) =>
        JsonSerializer.Deserialize<ReplicaRecord>(
            File.ReadAllText(Path.Combine(fixture.ReplicasFolder, "default", replica.Metadata.Name, "state.json")), ResourceJson.Options)!;
}
