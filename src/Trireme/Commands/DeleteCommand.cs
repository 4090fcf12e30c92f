using System.CommandLine;
using System.Text.Json.Nodes;
using Trireme.Connection;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;
using Trireme.Kubernetes;
using Trireme.Manifests;
using Trireme.Output;

namespace Trireme.Commands;

internal static class DeleteCommand
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);

    public static Command Create()
    {
        var connection = new ApiConnection();
        var resources = new Argument<string[]>("KIND NAME...")
        {
            Description = "What to delete, such as \"msvc tiny\".",
            Arity = ArgumentArity.ZeroOrMore,
        }.OfNames();
        var files = new Option<string[]>("--filename", "-f") { Description = "Delete the objects of these manifests.", HelpName = "FILE" };
        Option<string> @namespace = CommonOptions.Namespace();
        resources.CompletionSources.Add(new ObjectNames(connection, @namespace).OfWords(resources));
        var noWait = new Option<bool>("--no-wait") { Description = "Return at once; objects with finalizers end later." };
        Option<Duration> timeout = CommonOptions.Duration("--timeout", "Longest wait for the objects to be gone.", TimeSpan.FromMinutes(5));
        Option<OutputFormat> output = CommonOptions.Output(OutputFormat.Table, OutputFormat.Name);
        var ignore = new Option<bool>("--ignore-not-found") { Description = "An object that is not there is no error." };

        var command = new Command("delete", "Delete objects and wait until they are gone.")
        {
            resources,
            files,
            @namespace,
            noWait,
            timeout,
            ignore,
            output,
        };
        connection.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            IReadOnlyList<(ResourceDefinition, ResourceKey)> targets =
                Targets(parsed.GetValue(resources)!, parsed.GetValue(files) ?? [], parsed.GetValue(@namespace)!);
            return connection.RunAsync(parsed, async server =>
            {
                var client = new UntypedClient(server, ApplyCommand.FieldManager);
                using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                if (!parsed.GetValue(noWait)) deadline.CancelAfter(parsed.GetValue(timeout));
                bool isMissing = false;
                foreach ((ResourceDefinition definition, ResourceKey key) in targets)
                {
                    if (await DeleteAsync(client, definition, key, cancellationToken) is { } missing)
                    {
                        if (parsed.GetValue(ignore)) continue;
                        // The others are still to be deleted: a second run of the same command ends what a first one began.
                        await Console.Error.WriteLineAsync($"trireme: {missing}");
                        isMissing = true;
                        continue;
                    }

                    if (!parsed.GetValue(noWait)) await WaitAsync(client, definition, key, deadline.Token, cancellationToken);
                    string name = $"{definition.Singular}{(definition.Group.Length > 0 ? "." + definition.Group : "")}/{key.Name}";
                    Console.WriteLine(parsed.GetValue(output) == OutputFormat.Name ? name : $"{name} deleted");
                }

                return isMissing ? ExitCode.NotFound : ExitCode.Success;
            });
        });
        return command;
    }

    private static List<(ResourceDefinition Definition, ResourceKey Key)> Targets(string[] words, string[] files, string @namespace)
    {
        var targets = new List<(ResourceDefinition, ResourceKey)>();
        // Services go before the releases they use when a manifest lists the release first.
        foreach (ManifestObject manifest in files.SelectMany(ManifestReader.Read).Reverse())
        {
            targets.Add((manifest.Definition, manifest.Key(@namespace)));
        }
        if (words.Length > 0)
        {
            foreach (ResourceArgument resource in ResourceArgument.Parse(words))
            {
                string name = resource.Name ?? throw new CommandException(
                    $"name the {resource.Definition.Plural} to delete",
                    ExitCode.Usage);
                targets.Add((resource.Definition, new ResourceKey(resource.Definition.Namespaced ? @namespace : "", name)));
            }
        }

        return targets.Count > 0 ? targets : throw new CommandException("nothing to delete; give KIND NAME or --filename", ExitCode.Usage);
    }

    /// <summary>Null, or what the server says of an object that is not there.</summary>
    private static async Task<string?> DeleteAsync(
        UntypedClient client, ResourceDefinition definition, ResourceKey key, CancellationToken cancellationToken)
    {
        try
        {
            await client.DeleteAsync(definition, key, cancellationToken);
            return null;
        }
        catch (ApiException exception) when (exception.IsNotFound)
        {
            return exception.Status.Message ?? exception.Message;
        }
    }

    private static async Task WaitAsync(
        UntypedClient client,
        ResourceDefinition definition,
        ResourceKey key,
        CancellationToken deadline,
        CancellationToken cancellationToken)
    {
        using var line = ProgressLine.Open();
        try
        {
            while (true)
            {
                JsonObject current = await client.GetAsync(definition, key, deadline);
                if (current["metadata"]?["deletionTimestamp"] is null) return;
                if (line.IsDue) line.Show($"{definition.Singular}/{key.Name} is ending ...");
                await Task.Delay(PollInterval, TimeProvider.System, deadline);
            }
        }
        catch (ApiException exception) when (exception.IsNotFound)
        {
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CommandException(
                $"{definition.Singular}/{key.Name} is still ending; \"trireme describe {definition.Singular} {key.Name}\" says why",
                ExitCode.TimedOut,
                exception);
        }
    }
}
