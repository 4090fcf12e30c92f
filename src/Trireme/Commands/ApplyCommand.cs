using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Connection;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Validation;
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

    private static readonly DryRunOption DryRunMode = new();

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
            "Create or change objects so that they are as the manifests say.")
        {
            Files, Namespace, Force, DryRunMode, Wait, Timeout, Output,
        };
        connection.AddTo(command);
        command.Validators.Add(result =>
        {
            bool waitsInVain = result.GetValue(Wait) && DryRunMode.Of(result) != DryRun.None;
            if (waitsInVain) result.AddError("--wait: --dry-run stores nothing to wait for.");
        });
        command.SetAction((parsed, cancellationToken) =>
        {
            // All manifests are read before the first is sent: a typing error in the last leaves nothing half done.
            ManifestObject[] objects = [.. parsed.GetValue(Files)!.SelectMany(ManifestReader.Read)];
            if (DryRunMode.Of(parsed) == DryRun.Client) return Task.FromResult(Check(objects, parsed.GetValue(Output)));
            return connection.RunAsync(parsed, server => RunAsync(parsed, server, objects, cancellationToken));
        });
        return command;
    }

    private static async Task<int> RunAsync(
        ParseResult parsed, KubernetesConnection server, ManifestObject[] objects, CancellationToken cancellationToken)
    {
        var client = new UntypedClient(server, FieldManager);
        bool isDry = DryRunMode.Of(parsed) != DryRun.None;
        foreach (ManifestObject manifest in objects)
        {
            ResourceKey key = manifest.Key(parsed.GetValue(Namespace)!);
            JsonObject? before = await FindAsync(client, manifest, key, cancellationToken);
            JsonObject applied = await ApplyAsync(client, manifest, key, parsed.GetValue(Force), isDry, cancellationToken);
            Report(applied, AppliedChange.Of(before, applied), parsed.GetValue(Output), isDry);
        }

        if (!parsed.GetValue(Wait)) return ExitCode.Success;
        using var line = ProgressLine.Open();
        var waiting = new ReadinessWait(server, line, TimeProvider.System);
        return await waiting.RunAsync(
            [.. objects.Select(manifest => (manifest.Definition, manifest.Key(parsed.GetValue(Namespace)!)))],
            parsed.GetValue(Timeout),
            cancellationToken);
    }

    /// <summary>
    /// Says of each object whether its kind could be like that. What depends on other objects, or on what is there of it already, only the
    /// server knows.
    /// </summary>
    private static int Check(ManifestObject[] objects, OutputFormat format)
    {
        bool isRight = true;
        foreach (ManifestObject manifest in objects)
        {
            using JsonDocument json = JsonDocument.Parse(manifest.Json.ToJsonString());
            IReadOnlyList<FieldError> errors = ResourceValidator.Validate(manifest.Definition, json.RootElement, out _);
            isRight &= errors.Count == 0;
            if (errors.Count == 0) Report(manifest.Json, "passes", format, isDry: true);
            foreach (FieldError error in errors)
            {
                Console.Error.WriteLine($"trireme: {manifest.Origin}: {manifest.Definition.Singular}/{manifest.Name}: {error}");
            }
        }

        return isRight ? ExitCode.Success : ExitCode.Invalid;
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

    private static void Report(JsonObject applied, string change, OutputFormat format, bool isDry)
    {
        if (format is OutputFormat.Json or OutputFormat.Yaml)
        {
            if (format == OutputFormat.Yaml) Console.Out.WriteLine("---");
            ObjectPrinter.Print(applied, format, Console.Out);
            return;
        }

        string name = ObjectPrinter.NameOf(applied);
        Console.Out.WriteLine(format == OutputFormat.Name ? name : $"{name} {change}{(isDry ? " (dry run)" : "")}");
    }
}
