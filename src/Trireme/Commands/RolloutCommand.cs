using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Connection;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;
using Trireme.Fleet.Scaling;
using Trireme.Kubernetes;
using Trireme.Output;

namespace Trireme.Commands;

internal static class RolloutCommand
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    public static Command Create() => new("rollout", "Follow and steer the move of a service to another release.")
    {
        Status(), History(), RolloutOrderCommands.Undo(), RolloutOrderCommands.Promote(), Restart(), RolloutWavesCommand.Create(),
    };

    private static Command Status()
    {
        var watch = new Option<bool>("--watch", "-w")
        {
            Description = "Follow until it is promoted (exit code 0), rolled back (1) or held (7).",
        };
        Option<Duration> timeout = CommonOptions.Duration(
            "--timeout", "Longest time to follow; past it the exit code is 6.", TimeSpan.FromMinutes(30));
        Option<OutputFormat> output = CommonOptions.Output();
        return WithService("status", "Show where a rollout stands and what the judge sees.", [watch, timeout, output], RunAsync);

        async Task<int> RunAsync(RolloutCall call, CancellationToken cancellationToken)
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            deadline.CancelAfter(call.Parsed.GetValue(timeout));
            OutputFormat format = call.Parsed.GetValue(output);
            bool isText = format is not (OutputFormat.Json or OutputFormat.Yaml);
            ModelService service = await call.GetAsync(cancellationToken);
            RolloutDisplay display = RolloutDisplay.Open(isText);
            bool follow = call.Parsed.GetValue(watch);
            if (follow) service = await FollowAsync(call, service, display, deadline.Token, cancellationToken);
            if (!isText) PrintObject(service, format);
            else if (!follow || !display.IsRedrawn) RolloutPrinter.Print(service, Console.Out);
            return RolloutStates.ExitCodeOf(RolloutStates.Of(service));
        }
    }

    private static Command History()
    {
        Option<OutputFormat> output = CommonOptions.Output();
        return WithService("history", "List the moves of a service with what came of each and why.", [output], RunAsync);

        async Task<int> RunAsync(RolloutCall call, CancellationToken cancellationToken)
        {
            ModelService service = await call.GetAsync(cancellationToken);
            OutputFormat format = call.Parsed.GetValue(output);
            if (format is OutputFormat.Json or OutputFormat.Yaml)
            {
                var json = new JsonObject
                {
                    ["service"] = service.Metadata.Name,
                    ["history"] = JsonSerializer.SerializeToNode(service.Status?.History ?? [], ResourceJson.Options),
                };
                ObjectPrinter.Print(json, format, Console.Out);
            }
            else
            {
                RolloutHistoryPrinter.Print(service, Console.Out);
            }

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
        RolloutDisplay display,
        CancellationToken deadline,
        CancellationToken cancellationToken)
    {
        while (true)
        {
            display.Show(service);
            if (RolloutStates.Of(service) != RolloutState.UnderWay) return service;
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
        using var line = ProgressLine.Open();
        while (true)
        {
            ModelService service = await call.GetAsync(cancellationToken);
            IReadOnlyList<ModelReplica> replicas = await call.ReplicasAsync(cancellationToken);
            int ready = replicas.Count(replica => !before.Contains(replica.Metadata.Uid!) && replica.Status?.Phase == ReplicaPhase.Ready);
            int old = replicas.Count(replica => before.Contains(replica.Metadata.Uid!));
            if (ready >= DecidedReplicas.Of(service) && old == 0) return;
            if (line.IsDue) line.Show($"{ready} of {DecidedReplicas.Of(service)} new replicas are ready, {old} old ones are left ...");
            if (TimeProvider.System.GetElapsedTime(start) > timeout)
            {
                throw new CommandException(
                    $"{ready} of {DecidedReplicas.Of(service)} new replicas are ready; \"trireme get modelreplicas\" shows the rest",
                    ExitCode.TimedOut);
            }

            await Task.Delay(PollInterval, TimeProvider.System, cancellationToken);
        }
    }

    private static void PrintObject(ModelService service, OutputFormat format)
    {
        var json = new JsonObject
        {
            ["service"] = service.Metadata.Name,
            ["status"] = JsonSerializer.SerializeToNode(service.Status, ResourceJson.Options),
        };
        ObjectPrinter.Print(json, format, Console.Out);
    }

    internal static Command WithService(
        string name,
        string description,
        IReadOnlyList<Option> options,
        Func<RolloutCall, CancellationToken, Task<int>> work,
        Option<string>? release = null)
    {
        var connection = new ApiConnection();
        var service = new Argument<string>("SERVICE") { Description = "Name of the ModelService." }
            .OfName(ResourceCatalog.ModelServices);
        Option<string> @namespace = CommonOptions.Namespace();
        var names = new ObjectNames(connection, @namespace);
        service.CompletionSources.Add(names.Of(ResourceCatalog.ModelServices));
        var command = new Command(name, description) { service, @namespace };
        foreach (Option option in options) command.Add(option);
        release?.CompletionSources.Add(names.Of(ResourceCatalog.Releases));
        connection.AddTo(command);
        command.SetAction((parsed, cancellationToken) => connection.RunAsync(parsed, server =>
        {
            string target = parsed.GetValue(service)!.Split('/')[^1];
            return work(new RolloutCall(parsed, server, new ResourceKey(parsed.GetValue(@namespace)!, target)), cancellationToken);
        }));
        return command;
    }
}
