using System.Diagnostics;
using System.Globalization;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Resources;
using Trireme.Fleet.Replicas;
using Trireme.Kubernetes;
using Trireme.Operator.Runtimes;
using Trireme.Operator.Runtimes.Processes;
using Trireme.Operator.Tests.TestWorker;
using Trireme.Testing;

namespace Trireme.Operator.Tests.Runtimes.Processes;

/// <summary>
/// What a started platform takes for its engine. Arguments and notes in files prove nothing; user, program, folder, start time and key do.
/// </summary>
public sealed class AdoptionTests : IDisposable
{
    private readonly RuntimeFixture _fixture = new();
    private readonly List<Process> _strangers = [];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private ModelReplica Replica => _fixture.Replica();

    private ReplicaFolder Folder => _fixture.Folder(Replica);

    public void Dispose()
    {
        foreach (Process stranger in _strangers)
        {
            if (!stranger.HasExited) stranger.Kill();
            stranger.Dispose();
        }

        _fixture.Dispose();
    }

    [Fact]
    public async Task A_process_of_another_program_is_not_adopted_by_its_arguments_and_left_alone()
    {
        Prepare(new ReplicaRecord { Uid = "u1", Launching = true });
        Process stranger = Start("sh", "-c", "sleep 60; true", Folder.EndpointFile);
        await AssertLeftAloneAsync(stranger);
    }

    [Fact]
    public async Task A_process_of_another_program_is_not_adopted_although_the_state_names_it()
    {
        Prepare(new ReplicaRecord { Uid = "u1" });
        Process stranger = Start("sleep", "60");
        Folder.WriteRecord(new ReplicaRecord { Uid = "u1", Process = ProcessTable.Identify(stranger.Id), Endpoint = "http://127.0.0.1:1" });
        await AssertLeftAloneAsync(stranger);
    }

    /// <summary>As after an upgrade into a folder beside the old one: what the old version started would be nobody's for ever.</summary>
    [Fact]
    public async Task An_engine_that_another_versions_program_runs_is_adopted()
    {
        ReplicaObservation before = await _fixture.ReadyAsync(Replica);
        ReplicaProcess process = before.Runtime.Process!;
        string program = ProcessTable.ProgramOf(process)!;
        string other = Path.Combine("/opt/trireme-of-before", Path.GetFileName(program));
        Assert.Null(EngineIdentity.FindProblem(process, other, Folder.Path, notBeforeTicks: 0));
        Assert.StartsWith(
            $"runs {program}, not ",
            EngineIdentity.FindProblem(process, Path.Combine(Path.GetDirectoryName(program)!, "other"), Folder.Path, notBeforeTicks: 0),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_that_was_there_before_the_start_is_not_the_one_that_was_started()
    {
        Prepare(new ReplicaRecord { Uid = "u1", Launching = true });
        Process stranger = StartEngine(Folder.KeyFile);
        await EndpointAsync(stranger);
        Folder.WriteRecord(new ReplicaRecord
        {
            Uid = "u1", Launching = true, LaunchTicks = ProcessTable.Identify(stranger.Id)!.StartTicks + 1,
        });
        await AssertLeftAloneAsync(stranger);
    }

    [Fact]
    public async Task A_process_of_another_user_is_not_adopted()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can start a process of another user.");
        Process stranger = Start("setpriv", "--reuid=65534", "--clear-groups", "sleep", "60");
        await Eventually.True(
            "it runs as the other user", RuntimeFixture.Deadline,
            () => Task.FromResult(File.ReadAllText($"/proc/{stranger.Id}/comm").Trim() == "sleep"), Cancelled);
        ReplicaProcess process = ProcessTable.Identify(stranger.Id)!;
        string? program = ProcessTable.ProgramOf(process);
        Assert.Equal("belongs to another user", EngineIdentity.FindProblem(process, program, "/", notBeforeTicks: 0));
        Prepare(new ReplicaRecord { Uid = "u1", Process = process });
        await AssertLeftAloneAsync(stranger);
    }

    [Theory]
    [InlineData("another key than the one it was given")]
    [InlineData("none at all")]
    public async Task An_engine_that_does_not_act_by_the_key_of_the_start_is_ended_and_one_that_does_takes_its_place(string key)
    {
        Prepare(new ReplicaRecord { Uid = "u1" });
        string other = Path.Combine(_fixture.ModelFolder, "other.key");
        ReplicaKey.Create().Write(other);
        Process old = StartEngine(key == "none at all" ? null : other);
        string endpoint = await EndpointAsync(old);
        Folder.WriteRecord(new ReplicaRecord
        {
            Uid = "u1", Process = ProcessTable.Identify(old.Id), Endpoint = endpoint, HealthySince = DateTimeOffset.UnixEpoch,
        });
        await _fixture.RestartPlatformAsync();

        ReplicaObservation ended = await _fixture.DriveAsync(Replica, "its end", seen => seen.ExitIsNew);
        Assert.Equal(ExitReason.KeyRefused, ended.LastExit!.Reason);
        await old.WaitForExitAsync(Cancelled);
        ReplicaObservation next = await _fixture.ReadyAsync(Replica);
        Assert.NotEqual(old.Id, next.Runtime.Process!.Pid);
    }

    [Fact]
    public async Task An_engine_whose_key_was_lost_is_ended_because_nobody_can_call_it()
    {
        ReplicaObservation before = await _fixture.ReadyAsync(Replica);
        File.Delete(Folder.KeyFile);
        await _fixture.RestartPlatformAsync();
        ReplicaObservation ended = await _fixture.DriveAsync(Replica, "its end", seen => seen.ExitIsNew);
        Assert.Equal(ExitReason.KeyRefused, ended.LastExit!.Reason);
        Assert.NotEqual(before.Runtime.Process, (await _fixture.ReadyAsync(Replica)).Runtime.Process);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"uid\": \"u1\", \"proc")]
    [InlineData("null")]
    [InlineData("\0\0\0\0")]
    [InlineData("{}")]
    [InlineData("{\"uid\": null}")]
    [InlineData(null)]
    public async Task A_healthy_engine_whose_state_was_lost_is_kept_with_its_books(string? left)
    {
        ReplicaObservation before = await _fixture.ReadyAsync(Replica);
        string state = Path.Combine(Folder.Path, "state.json");
        ReplicaRecord written = Folder.ReadRecord()!;
        if (left is null) File.Delete(state);
        else await File.WriteAllTextAsync(state, left, Cancelled);
        await _fixture.RestartPlatformAsync();

        ReplicaObservation after = await _fixture.Runtime.ObserveAsync(Replica, Cancelled);
        Assert.Equal((ReplicaPhase.Ready, before.Runtime.Process), (after.Phase, after.Runtime.Process));
        Assert.Equal((before.Endpoint, before.LogFile), (after.Endpoint, after.LogFile));
        ReplicaRecord again = Folder.ReadRecord()!;
        Assert.Equal(
            (written.Uid, written.Service, written.DrainTimeout, written.MemoryBytesMax, written.Process),
            (again.Uid, again.Service, again.DrainTimeout, again.MemoryBytesMax, again.Process));
    }

    [Fact]
    public async Task An_engine_whose_state_was_lost_is_kept_as_the_status_tells_of_it_whatever_its_arguments()
    {
        ReplicaObservation before = await _fixture.ReadyAsync(Replica);
        await File.WriteAllTextAsync(Path.Combine(Folder.Path, "state.json"), "", Cancelled);
        await _fixture.RestartPlatformAsync();
        ModelReplica told = Replica with
        {
            Spec = Replica.Spec with { ContentHash = "another" },
            Status = new ModelReplicaStatus { Process = before.Runtime.Process, Restarts = 3, ReadyAt = DateTimeOffset.UnixEpoch },
        };
        ReplicaObservation after = await _fixture.Runtime.ObserveAsync(told, Cancelled);
        Assert.Equal(before.Runtime.Process, after.Runtime.Process);
        Assert.Equal((3, DateTimeOffset.UnixEpoch), (after.Restarts, after.ReadyAt!.Value));
    }

    [Fact]
    public async Task An_engine_whose_state_was_lost_and_that_is_not_what_its_replica_asks_for_ends_with_the_reason()
    {
        ReplicaObservation before = await _fixture.ReadyAsync(Replica);
        await File.WriteAllTextAsync(Path.Combine(Folder.Path, "state.json"), "", Cancelled);
        await _fixture.RestartPlatformAsync();
        ModelReplica other = Replica with { Spec = Replica.Spec with { ContentHash = "another" } };
        ReplicaObservation ended = await _fixture.DriveAsync(other, "its end", seen => seen.ExitIsNew);
        Assert.Equal(ExitReason.StateLost, ended.LastExit!.Reason);
        Assert.Contains("exit: StateLost: its state.json was lost", await File.ReadAllTextAsync(before.LogFile!, Cancelled));
        Assert.NotEqual(before.Runtime.Process, (await _fixture.ReadyAsync(other)).Runtime.Process);
    }

    [Fact]
    public async Task Each_start_has_a_key_of_its_own_that_its_owner_alone_can_read_and_no_argument_shows()
    {
        ReplicaObservation first = await _fixture.ReadyAsync(Replica);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Folder.KeyFile));
        string secret = (await File.ReadAllTextAsync(Folder.KeyFile, Cancelled)).Trim();
        string process = string.Create(CultureInfo.InvariantCulture, $"/proc/{first.Runtime.Process!.Pid}");
        string arguments = await File.ReadAllTextAsync(process + "/cmdline", Cancelled);
        Assert.Contains($"--api-key-file\0{Folder.KeyFile}\0", arguments, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, arguments, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, await File.ReadAllTextAsync(process + "/environ", Cancelled), StringComparison.Ordinal);

        Process.GetProcessById(first.Runtime.Process.Pid).Kill();
        await _fixture.DriveAsync(Replica, "the end is noticed", seen => seen.ExitIsNew);
        await _fixture.ReadyAsync(Replica);
        Assert.NotEqual(secret, (await File.ReadAllTextAsync(Folder.KeyFile, Cancelled)).Trim());
    }

    [Fact]
    public async Task The_platforms_parts_find_the_key_of_a_living_process_and_of_no_other()
    {
        ReplicaObservation seen = await _fixture.ReadyAsync(Replica);
        var keys = new WorkerKeys(_fixture.ReplicasFolder);
        ModelReplica told = Replica with
        {
            Status = new ModelReplicaStatus { Runtime = ReplicaRuntimes.Process, Process = seen.Runtime.Process, Endpoint = seen.Endpoint },
        };
        Assert.True(keys.TryFind(told, out ReplicaKey? key));
        Assert.Equal(Folder.ReadKey(), key);
        Assert.Equal("(secret)", key!.ToString());

        // Whoever has the port or the process id now is not the one that the status tells of.
        Assert.False(keys.TryFind(
            told with { Status = told.Status with { Process = seen.Runtime.Process! with { StartTicks = 1 } } }, out key));
        Assert.Null(key);
        Assert.False(keys.TryFind(told with { Status = told.Status with { Process = null } }, out _));
        Assert.False(keys.TryFind(told with { Status = null }, out _));

        // What is known stays known until the status tells of another process: a system that cannot be asked ends no route.
        Process.GetProcessById(seen.Runtime.Process!.Pid).Kill();
        await Eventually.True(
            "the engine is gone", RuntimeFixture.Deadline, () => Task.FromResult(!ProcessTable.IsAlive(seen.Runtime.Process)), Cancelled);
        Assert.True(keys.TryFind(told, out _));
        Assert.False(new WorkerKeys(_fixture.ReplicasFolder).TryFind(told, out _));

        // An engine of another runtime is called as that one says.
        Assert.True(keys.TryFind(told with { Status = told.Status with { Runtime = "pod" } }, out key));
        Assert.Null(key);
    }

    /// <summary>The stranger lives on, and the replica gets an engine of its own.</summary>
    private async Task AssertLeftAloneAsync(Process stranger)
    {
        await _fixture.RestartPlatformAsync();
        ReplicaObservation seen = await _fixture.ReadyAsync(Replica);
        Assert.NotEqual(stranger.Id, seen.Runtime.Process!.Pid);
        await _fixture.Runtime.StopAllAsync(Cancelled);
        Assert.False(stranger.HasExited);
    }

    private void Prepare(ReplicaRecord record)
    {
        Folder.PrepareStart();
        Folder.WriteRecord(record);
    }

    private Process StartEngine(string? keyFile)
    {
        string[] key = keyFile is null ? [] : ["--api-key-file", keyFile];
        return Start(
            TestEngine.Program.FileName,
            [TestEngine.Command, "--model", _fixture.ModelFolder, "--endpoint-file", Folder.EndpointFile, .. key]);
    }

    private Process Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = Folder.Path };
        Directory.CreateDirectory(Folder.Path);
        Process process = Process.Start(start)!;
        _strangers.Add(process);
        return process;
    }

    private Task<string> EndpointAsync(Process engine) => Eventually.Get(
        "the engine listens", RuntimeFixture.Deadline, () => Task.FromResult(Folder.ReadEndpoint(engine.Id)), Cancelled);
}
