using System.CommandLine;
using System.Text.Json.Nodes;
using Trireme.Connection;
using Trireme.Kubernetes;
using Trireme.Manifests;
using Trireme.Output;

namespace Trireme.Commands;

internal static class ApplyCommand
{
    /// <summary>Writes of this command line are owned under this name in managed fields.</summary>
    public const string FieldManager = "trireme-cli";

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
        var force = new Option<bool>("--force-conflicts") { Description = "Take over fields that another writer owns." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Check everything on the server and store nothing." };
        Option<OutputFormat> output = CommonOptions.Output();

        var command = new Command(
            "apply",
            "Create or change objects so that they are as the manifests say.") { files, @namespace, force, dryRun, output };
        connection.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            // All manifests are read before the first is sent: a typing error in the last leaves nothing half done.
            ManifestObject[] objects = [.. parsed.GetValue(files)!.SelectMany(ManifestReader.Read)];
            return connection.RunAsync(parsed, async server =>
            {
                var client = new UntypedClient(server, FieldManager);
                bool checkOnly = parsed.GetValue(dryRun);
                foreach (ManifestObject manifest in objects)
                {
                    ResourceKey key = manifest.Key(parsed.GetValue(@namespace)!);
                    JsonObject applied = await ApplyAsync(client, manifest, key, parsed.GetValue(force), checkOnly, cancellationToken);
                    Report(applied, parsed.GetValue(output), checkOnly);
                }

                return ExitCode.Success;
            });
        });
        return command;
    }

    private static async Task<JsonObject> ApplyAsync(
        UntypedClient client,
        ManifestObject manifest,
        ResourceKey key,
        bool force,
        bool dryRun,
        CancellationToken cancellationToken)
    {
        try
        {
            return await client.ApplyAsync(manifest.Definition, key, manifest.Json, force, dryRun, cancellationToken);
        }
        catch (ApiException exception) when (exception.IsConflict && !force && OwnConflicts.Are(exception))
        {
            return await ApplyAsync(client, manifest, key, force: true, dryRun, cancellationToken);
        }
        catch (ApiException exception) when (exception.IsConflict)
        {
            throw new CommandException(
                $"{manifest.Origin}: {exception.Status.Message ?? exception.Message}; --force-conflicts takes the fields over",
                ExitCode.Failure, exception);
        }
        catch (ApiException exception) when (exception.IsInvalid || exception.StatusCode == System.Net.HttpStatusCode.BadRequest)
        {
            throw new CommandException($"{manifest.Origin}: {exception.Status.Message ?? exception.Message}", ExitCode.Invalid, exception);
        }
    }

    private static void Report(JsonObject applied, OutputFormat format, bool dryRun)
    {
        if (format is OutputFormat.Json or OutputFormat.Yaml)
        {
            if (format == OutputFormat.Yaml) Console.Out.WriteLine("---");
            ObjectPrinter.Print(applied, format, Console.Out);
            return;
        }

        string name = ObjectPrinter.NameOf(applied);
        Console.Out.WriteLine(format == OutputFormat.Name ? name : $"{name} applied{(dryRun ? " (dry run)" : "")}");
    }
}
