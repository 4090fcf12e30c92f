using System.CommandLine;
using System.Net;
using System.Text.Json.Nodes;
using Trireme.Connection;
using Trireme.Kubernetes;
using Trireme.Manifests;
using Trireme.Output;
using Trireme.Plans;

namespace Trireme.Commands;

internal static class PlanCommand
{
    public static Command Create()
    {
        var connection = new ApiConnection();
        var files = new Option<string[]>("--filename", "-f")
        {
            Description = "Manifest file, folder of manifests, or - for standard input. May be given several times.",
            HelpName = "FILE",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        Option<string> @namespace = CommonOptions.Namespace();
        Option<OutputFormat> output = CommonOptions.Output(OutputFormat.Text, OutputFormat.Json);
        var command = new Command(
            "plan",
            "Say what an apply of manifests would do, without doing it: objects, replicas, memory and cost.") { files, @namespace, output };
        connection.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            ManifestObject[] objects = [.. parsed.GetValue(files)!.SelectMany(ManifestReader.Read)];
            return connection.RunAsync(parsed, async server =>
            {
                var planned = new List<PlannedObject>();
                var client = new UntypedClient(server, ApplyCommand.FieldManager);
                foreach (ManifestObject manifest in objects)
                {
                    planned.Add(await AskAsync(client, manifest, manifest.Key(parsed.GetValue(@namespace)!), cancellationToken));
                }

                Plan plan = await new PlanReader(server).ReadAsync(planned, cancellationToken);
                PlanPrinter.Print(plan, parsed.GetValue(output), Console.Out);
                return plan.ExitCode;
            });
        });
        return command;
    }

    /// <summary>Has the server check an object and store nothing. One that it refuses does not keep the others from being told.</summary>
    private static async Task<PlannedObject> AskAsync(
        UntypedClient client, ManifestObject manifest, ResourceKey key, CancellationToken cancellationToken)
    {
        JsonObject? before = await ApplyCommand.FindAsync(client, manifest, key, cancellationToken);
        try
        {
            JsonObject after = await ApplyCommand.ApplyAsync(client, manifest, key, force: false, dryRun: true, cancellationToken);
            return new PlannedObject(manifest.Definition, key, AppliedChange.Of(before, after), after);
        }
        catch (CommandException exception)
        {
            return new PlannedObject(manifest.Definition, key, PlannedObject.Refused, null, exception.Message);
        }
        catch (ApiException exception) when (exception.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.NotFound)
        {
            return new PlannedObject(manifest.Definition, key, PlannedObject.Refused, null, exception.Status.Message ?? exception.Message);
        }
    }
}
