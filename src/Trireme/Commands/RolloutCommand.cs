using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Trireme.Connection;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Kubernetes;
using Trireme.Output;

namespace Trireme.Commands;

internal static class RolloutCommand
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    public static Command Create() => new("rollout", "Follow and steer the move of a service to another release.")
    {
        Status(), Undo(), Promote(), Restart(),
    };

    private static Command Status()
    {
        var watch = new Option<bool>("--watch", "-w") { Description = "Follow until the rollout is promoted, held or rolled back." };
        Option<Duration> timeout = CommonOptions.Duration("--timeout", "Longest time to follow.", TimeSpan.FromMinutes(30));
        Option<OutputFormat> output = CommonOptions.Output();
        return WithService("status", "Show where a rollout stands and what the judge sees.", [watch, timeout, output], RunAsync);

        async Task<int> RunAsync(RolloutCall call, CancellationToken cancellationToken)
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            deadline.CancelAfter(call.Parsed.GetValue(timeout));
            ModelService service = await call.GetAsync(cancellationToken);
            bool follow = call.Parsed.GetValue(watch);
            if (follow) service = await FollowAsync(call, service, deadline.Token, cancellationToken);
            if (call.Parsed.GetValue(output) is OutputFormat.Json or OutputFormat.Yaml) PrintObject(service, call.Parsed.GetValue(output));
            else RolloutPrinter.Print(service, Console.Out);
            return service.Status?.Rollout?.Phase is RolloutPhase.RolledBack ? ExitCode.Failure : ExitCode.Success;
        }
    }

    private static Command Undo()
    {
        return WithService("undo", "Go back to the release before.", [], RunAsync);

        static async Task<int> RunAsync(RolloutCall call, CancellationToken cancellationToken)
        {
            ModelService service = await call.GetAsync(cancellationToken);
            string target = UndoTarget(service)
                ?? throw new CommandException($"{call.Key.Name} has served no other release; there is nothing to go back to");
            await call.PatchAsync(new JsonObject { ["spec"] = new JsonObject { ["release"] = target } }, cancellationToken);
            Console.WriteLine($"modelservice/{call.Key.Name} goes back to {target}");
            return ExitCode.Success;
        }
    }

    private static Command Promote()
    {
        return WithService("promote", "Give the new release all traffic without waiting for the judge.", [], RunAsync);

        static async Task<int> RunAsync(RolloutCall call, CancellationToken cancellationToken)
        {
            ModelService service = await call.GetAsync(cancellationToken);
            RolloutStatus rollout = service.Status?.Rollout is { Phase: not (RolloutPhase.Promoted or RolloutPhase.Superseded) } current
                ? current
                : throw new CommandException($"no rollout of {call.Key.Name} is under way");
            var annotations = new JsonObject { [TriremeApi.PromoteAnnotation] = rollout.To.ContentHash };
            await call.PatchAsync(new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = annotations } }, cancellationToken);
            Console.WriteLine($"modelservice/{call.Key.Name} promotes {rollout.To.Name}");
            return ExitCode.Success;
        }
    }

    private static Command Restart()
    {
        var noWait = new Option<bool>("--no-wait") { Description = "Return at once." };
        Option<Duration> timeout = CommonOptions.Duration("--timeout", "Longest wait for the new replicas.", TimeSpan.FromMinutes(10));
        return WithService("restart", "Replace every replica, one by one, without cutting a stream.", [noWait, timeout], RunAsync);

        async Task<int> RunAsync(RolloutCall call, CancellationToken cancellationToken)
        {
            HashSet<string> before = [.. (await call.ReplicasAsync(cancellationToken)).Select(replica => replica.Metadata.Uid!)];
            string now = TimeProvider.System.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
            await call.PatchAsync(new JsonObject { ["spec"] = new JsonObject { ["restartedAt"] = now } }, cancellationToken);
            if (!call.Parsed.GetValue(noWait)) await ReplacedAsync(call, before, call.Parsed.GetValue(timeout), cancellationToken);
            Console.WriteLine($"modelservice/{call.Key.Name} {(call.Parsed.GetValue(noWait) ? "restarts" : "restarted")}");
            return ExitCode.Success;
        }
    }

    private static async Task<ModelService> FollowAsync(
        RolloutCall call,
        ModelService service,
        CancellationToken deadline,
        CancellationToken cancellationToken)
    {
        string? shown = null;
        while (true)
        {
            string line = RolloutPrinter.Line(service);
            if (line != shown) await Console.Error.WriteLineAsync(line);
            shown = line;
            bool observed = service.Status?.ObservedGeneration >= service.Metadata.Generation;
            if (observed && service.Status?.Rollout?.Phase is not (RolloutPhase.Preparing or RolloutPhase.Progressing)) return service;
            try
            {
                await Task.Delay(PollInterval, TimeProvider.System, deadline);
            }
            catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
            {
                throw new CommandException($"the rollout of {call.Key.Name} is still under way", ExitCode.TimedOut, exception);
            }

            service = await call.GetAsync(cancellationToken);
        }
    }

    private static async Task ReplacedAsync(RolloutCall call, HashSet<string> before, TimeSpan timeout, CancellationToken cancellationToken)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            ModelService service = await call.GetAsync(cancellationToken);
            IReadOnlyList<ModelReplica> replicas = await call.ReplicasAsync(cancellationToken);
            int ready = replicas.Count(replica => !before.Contains(replica.Metadata.Uid!) && replica.Status?.Phase == ReplicaPhase.Ready);
            if (ready >= service.Spec.Replicas && !replicas.Any(replica => before.Contains(replica.Metadata.Uid!))) return;
            if (TimeProvider.System.GetElapsedTime(start) > timeout)
            {
                throw new CommandException(
                    $"{ready} of {service.Spec.Replicas} new replicas are ready; \"trireme get modelreplicas\" shows the rest",
                    ExitCode.TimedOut);
            }

            await Task.Delay(PollInterval, TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>Where undo leads: back to the serving release while a rollout is open or rolled back, else to the one before.</summary>
    private static string? UndoTarget(ModelService service)
    {
        ModelServiceStatus? status = service.Status;
        if (status?.StableRelease is { } stable && stable.Name != service.Spec.Release) return stable.Name;
        return status?.PreviousRelease?.Name;
    }

    private static void PrintObject(ModelService service, OutputFormat format)
    {
        var json = new JsonObject
        {
            ["service"] = service.Metadata.Name,
            ["status"] = System.Text.Json.JsonSerializer.SerializeToNode(service.Status, Contracts.Serialization.ResourceJson.Options),
        };
        ObjectPrinter.Print(json, format, Console.Out);
    }

    private static Command WithService(
        string name,
        string description,
        IReadOnlyList<Option> options,
        Func<RolloutCall, CancellationToken, Task<int>> work)
    {
        var connection = new ApiConnection();
        var service = new Argument<string>("SERVICE") { Description = "Name of the ModelService." };
        Option<string> @namespace = CommonOptions.Namespace();
        var command = new Command(name, description) { service, @namespace };
        foreach (Option option in options) command.Add(option);
        connection.AddTo(command);
        command.SetAction((parsed, cancellationToken) => connection.RunAsync(parsed, server =>
        {
            string target = parsed.GetValue(service)!.Split('/')[^1];
            return work(new RolloutCall(parsed, server, new ResourceKey(parsed.GetValue(@namespace)!, target)), cancellationToken);
        }));
        return command;
    }
}
