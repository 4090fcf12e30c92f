using System.CommandLine;
using System.Text.Json.Nodes;
using Trireme.Connection;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Kubernetes;
using Trireme.Manifests;
using Trireme.Output;
using Trireme.Waiting;

namespace Trireme.Commands;

internal static class ApplyCommand
{
    /// <summary>Writes of this command line are owned under this name in managed fields.</summary>
    public const string FieldManager = TriremeApi.PersonFieldManager;

    private static readonly Option<string[]> Files = new("--filename", "-f")
    {
        Description = "Manifest file, folder of manifests, or - for standard input. May be given several times.",
        HelpName = "FILE",
        Required = true,
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string> Namespace = CommonOptions.Namespace();

    private static readonly Option<bool> Force = new("--force-conflicts") { Description = "Take over fields that another writer owns." };

    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Check everything on the server and store nothing." };

    private static readonly Option<bool> Wait = new("--wait")
    {
        Description = "Wait until releases are verified and services serve what they should; fail as soon as one cannot.",
    };

    private static readonly Option<Duration> Timeout = CommonOptions.Duration(
        "--timeout", "Longest time to wait with --wait.", TimeSpan.FromMinutes(10));

    private static readonly Option<OutputFormat> Output =
        CommonOptions.Output(OutputFormat.Table, OutputFormat.Json, OutputFormat.Yaml, OutputFormat.Name);

    public static Command Create()
    {
        var connection = new ApiConnection();
        var command = new Command(
            "apply",
            "Create or change objects so that they are as the manifests say.") { Files, Namespace, Force, DryRun, Wait, Timeout, Output };
        connection.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(Wait) && result.GetValue(DryRun)) result.AddError("--wait: --dry-run stores nothing to wait for.");
        });
        command.SetAction((parsed, cancellationToken) =>
        {
            // All manifests are read before the first is sent: a typing error in the last leaves nothing half done.
            ManifestObject[] objects = [.. parsed.GetValue(Files)!.SelectMany(ManifestReader.Read)];
            return connection.RunAsync(parsed, server => RunAsync(parsed, server, objects, cancellationToken));
        });
        return command;
    }

    private static async Task<int> RunAsync(
        ParseResult parsed, KubernetesConnection server, ManifestObject[] objects, CancellationToken cancellationToken)
    {
        var client = new UntypedClient(server, FieldManager);
        foreach (ManifestObject manifest in objects)
        {
            ResourceKey key = manifest.Key(parsed.GetValue(Namespace)!);
            JsonObject? before = await FindAsync(client, manifest, key, cancellationToken);
            JsonObject applied = await ApplyAsync(
                client, manifest, key, parsed.GetValue(Force), parsed.GetValue(DryRun), cancellationToken);
            Report(applied, AppliedChange.Of(before, applied), parsed.GetValue(Output), parsed.GetValue(DryRun));
        }

        if (!parsed.GetValue(Wait)) return ExitCode.Success;
        using var line = ProgressLine.Open();
        var waiting = new ReadinessWait(server, line, TimeProvider.System);
        return await waiting.RunAsync(
            [.. objects.Select(manifest => (manifest.Definition, manifest.Key(parsed.GetValue(Namespace)!)))],
            parsed.GetValue(Timeout),
            cancellationToken);
    }

    /// <summary>The object a manifest is about; null where there is none.</summary>
    public static async Task<JsonObject?> FindAsync(
        UntypedClient client, ManifestObject manifest, ResourceKey key, CancellationToken cancellationToken)
    {
        try
        {
            return await client.GetAsync(manifest.Definition, key, cancellationToken);
        }
        catch (ApiException exception) when (exception.IsNotFound)
        {
            return null;
        }
    }

    /// <summary>Applies a manifest, or tells what the server would make of it.</summary>
    /// <exception cref="CommandException">The server refuses it.</exception>
    public static async Task<JsonObject> ApplyAsync(
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
        catch (ApiException exception) when (!force && ApplyConflicts.Of(exception) is { Foreign.Count: 0 } own)
        {
            foreach (string field in own.Undone)
            {
                string where = $"{manifest.Definition.Singular}/{key.Name}: {field}";
                await Console.Error.WriteLineAsync($"{where} was set by \"trireme rollout undo\"; the manifest counts again");
            }

            return await ApplyAsync(client, manifest, key, force: true, dryRun, cancellationToken);
        }
        catch (ApiException exception) when (exception.IsConflict)
        {
            string where = key.Namespace.Length == 0 ? "" : $" in namespace {key.Namespace}";
            string why = ApplyConflicts.Of(exception)?.Explain() ?? exception.Status.Message ?? exception.Message;
            throw new CommandException(
                $"{manifest.Origin}: {manifest.Definition.Singular}/{key.Name}{where}: {why}", ExitCode.Failure, exception);
        }
        catch (ApiException exception) when (exception.IsInvalid || exception.StatusCode == System.Net.HttpStatusCode.BadRequest)
        {
            throw new CommandException($"{manifest.Origin}: {exception.Status.Message ?? exception.Message}", ExitCode.Invalid, exception);
        }
    }

    private static void Report(JsonObject applied, string change, OutputFormat format, bool dryRun)
    {
        if (format is OutputFormat.Json or OutputFormat.Yaml)
        {
            if (format == OutputFormat.Yaml) Console.Out.WriteLine("---");
            ObjectPrinter.Print(applied, format, Console.Out);
            return;
        }

        string name = ObjectPrinter.NameOf(applied);
        Console.Out.WriteLine(format == OutputFormat.Name ? name : $"{name} {change}{(dryRun ? " (dry run)" : "")}");
    }
}
