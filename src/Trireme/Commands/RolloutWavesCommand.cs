using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Connection;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;
using Trireme.Kubernetes;
using Trireme.Output;

namespace Trireme.Commands;

/// <summary>Follows a fleet rollout, which moves many services.</summary>
internal static class RolloutWavesCommand
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    public static Command Create()
    {
        var connection = new ApiConnection();
        var name = new Argument<string>("FLEETROLLOUT") { Description = "Name of the FleetRollout." }
            .OfName(ResourceCatalog.FleetRollouts);
        Option<string> @namespace = CommonOptions.Namespace();
        name.CompletionSources.Add(new ObjectNames(connection, @namespace).Of(ResourceCatalog.FleetRollouts));
        var watch = new Option<bool>("--watch", "-w")
        {
            Description = "Follow until it is completed or undone (exit code 0), stopped (1) or paused (7).",
        };
        Option<Duration> timeout = CommonOptions.Duration(
            "--timeout", "Longest time to follow; past it the exit code is 6.", TimeSpan.FromHours(4));
        Option<OutputFormat> output = CommonOptions.Output();
        var command = new Command("waves", "Show how far a fleet rollout is, service by service.")
        {
            name, @namespace, watch, timeout, output,
        };
        connection.AddTo(command);
        command.SetAction((parsed, cancellationToken) => connection.RunAsync(parsed, async server =>
        {
            var key = new ResourceKey(parsed.GetValue(@namespace)!, parsed.GetValue(name)!.Split('/')[^1]);
            var client = new ResourceClient<FleetRollout>(server, ApplyCommand.FieldManager);
            FleetRollout rollout = await client.GetAsync(key, cancellationToken);
            if (parsed.GetValue(watch)) rollout = await FollowAsync(client, rollout, parsed.GetValue(timeout), cancellationToken);
            Print(rollout, parsed.GetValue(output));
            return ExitCodeOf(rollout);
        }));
        return command;
    }

    private static async Task<FleetRollout> FollowAsync(
        ResourceClient<FleetRollout> client, FleetRollout rollout, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout);
        string? told = null;
        while (true)
        {
            string line = FleetRolloutPrinter.Line(rollout);
            if (line != told) await Console.Error.WriteLineAsync(line);
            told = line;
            if (!IsUnderWay(rollout)) return rollout;
            try
            {
                await Task.Delay(PollInterval, TimeProvider.System, deadline.Token);
            }
            catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
            {
                throw new CommandException(
                    $"the fleet rollout {rollout.Metadata.Name} is still under way", ExitCode.TimedOut, exception);
            }

            rollout = await client.GetAsync(ResourceKey.Of(rollout), cancellationToken);
        }
    }

    private static bool IsUnderWay(FleetRollout rollout) => rollout.Status?.ObservedGeneration != rollout.Metadata.Generation
        || rollout.Status?.Phase is FleetRolloutPhase.Progressing or FleetRolloutPhase.Undoing;

    private static int ExitCodeOf(FleetRollout rollout) => rollout.Status?.Phase switch
    {
        FleetRolloutPhase.Stopped => ExitCode.Failure,
        FleetRolloutPhase.Paused => ExitCode.Held,
        _ => ExitCode.Success,
    };

    private static void Print(FleetRollout rollout, OutputFormat format)
    {
        if (format is not (OutputFormat.Json or OutputFormat.Yaml))
        {
            FleetRolloutPrinter.Print(rollout, Console.Out);
            return;
        }

        var json = new JsonObject
        {
            ["fleetRollout"] = rollout.Metadata.Name,
            ["status"] = JsonSerializer.SerializeToNode(rollout.Status, ResourceJson.Options),
        };
        ObjectPrinter.Print(json, format, Console.Out);
    }
}
