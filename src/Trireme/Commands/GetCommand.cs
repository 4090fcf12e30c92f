using System.CommandLine;
using System.Text.Json.Nodes;
using Trireme.Connection;
using Trireme.Contracts.Schema;
using Trireme.Kubernetes;
using Trireme.Output;

namespace Trireme.Commands;

internal static class GetCommand
{
    public static Command Create()
    {
        var connection = new ApiConnection();
        var resources = new Argument<string[]>("KIND [NAME...]")
        {
            Description = "What to show, such as \"modelservices\", \"msvc tiny\" or \"releases/tiny-v1\".",
            Arity = ArgumentArity.OneOrMore,
        }.OfNames();
        Option<string> @namespace = CommonOptions.Namespace();
        resources.CompletionSources.Add(new ObjectNames(connection, @namespace).OfWords(resources));
        var all = new Option<bool>("--all-namespaces", "-A") { Description = "Objects of every namespace." };
        var selector = new Option<string>("--selector", "-l")
        {
            Description = "Label selector, such as trireme.dev/service=tiny.",
            HelpName = "SELECTOR",
        };
        var watch = new Option<bool>("--watch", "-w") { Description = "Go on and show changes until Ctrl+C." };
        Option<OutputFormat> output = CommonOptions.Output();
        var managed = new Option<bool>("--show-managed-fields") { Description = "With json and yaml, also show who owns which field." };

        var command = new Command("get", "Show objects.") { resources, @namespace, all, selector, watch, output, managed };
        connection.AddTo(command);
        command.SetAction((parsed, cancellationToken) => connection.RunAsync(parsed, async server =>
        {
            var client = new UntypedClient(server, "trireme");
            string? scope = parsed.GetValue(all) ? null : parsed.GetValue(@namespace);
            var options = new ListOptions { LabelSelector = parsed.GetValue(selector) };
            var format = new ObjectFormat(parsed.GetValue(output), parsed.GetValue(managed));
            IReadOnlyList<ResourceArgument> shown = ResourceArgument.Parse(parsed.GetValue(resources)!);
            bool watches = parsed.GetValue(watch);
            if (watches && shown.Count > 1) throw new CommandException("--watch: name one kind, or one object", ExitCode.Usage);
            bool isMissing = false;
            for (int i = 0; i < shown.Count; i++)
            {
                if (i > 0 && format.IsTable) await Console.Out.WriteLineAsync();
                try
                {
                    await PrintAsync(client, shown[i], scope, options, format, cancellationToken);
                }
                catch (ApiException exception) when (exception.IsNotFound && shown.Count > 1)
                {
                    // The others are there to be shown; of several kinds with one name few objects may bear it.
                    await Console.Error.WriteLineAsync($"trireme: {ApiConnection.Explain(parsed, exception)}");
                    isMissing = true;
                }
            }

            if (watches) await WatchAsync(client, shown[0], scope, options, format, cancellationToken);
            if (isMissing) return ExitCode.NotFound;
            return ExitCode.Success;
        }));
        return command;
    }

    private static async Task PrintAsync(
        UntypedClient client,
        ResourceArgument resource,
        string? scope,
        ListOptions options,
        ObjectFormat format,
        CancellationToken cancellationToken)
    {
        if (format.IsTable)
        {
            if (resource.Name is { } one) _ = Key(resource.Definition, scope, one);

            // Names of events are random; what happened last is to come last.
            bool inTime = resource.Definition == ResourceCatalog.Events;
            JsonObject table = await client.TableAsync(resource.Definition, scope, resource.Name, options, inTime, cancellationToken);
            if (table["rows"] is not JsonArray { Count: > 0 })
            {
                string place = scope is null ? "" : $" in namespace {scope}";
                await Console.Error.WriteLineAsync($"No {resource.Definition.Plural} found{place}.");
                return;
            }

            format.PrintTable(table, IsAcrossNamespaces(resource.Definition, scope), inTime);
            return;
        }

        JsonObject json = resource.Name is { } name
            ? await client.GetAsync(resource.Definition, Key(resource.Definition, scope, name), cancellationToken)
            : await client.ListAsync(resource.Definition, scope, options, cancellationToken);
        format.Print(json);
    }

    private static async Task WatchAsync(
        UntypedClient client,
        ResourceArgument resource,
        string? scope,
        ListOptions options,
        ObjectFormat format,
        CancellationToken cancellationToken)
    {
        if (resource.Name is { } name) options = options with { FieldSelector = $"metadata.name={name}" };
        await foreach (JsonObject change in client.WatchAsync(resource.Definition, scope, options, format.IsTable, cancellationToken))
        {
            if (StandardOutput.IsClosed) return;
            if ((string?)change["type"] == "BOOKMARK") continue;
            JsonObject json = change["object"]!.AsObject();
            if (!format.IsTable) format.Print(json);
            else if (json["columnDefinitions"] is not null) format.PrintTable(json, IsAcrossNamespaces(resource.Definition, scope));
        }
    }

    private static bool IsAcrossNamespaces(ResourceDefinition definition, string? scope) => definition.Namespaced && scope is null;

    private static ResourceKey Key(ResourceDefinition definition, string? scope, string name) =>
        new(definition.Namespaced ? scope ?? throw new CommandException(
            $"--all-namespaces: \"{name}\" may stand in several; name one with --namespace", ExitCode.Usage) : "", name);

    private sealed record ObjectFormat(OutputFormat Output, bool ManagedFields)
    {
        public bool IsTable => Output is OutputFormat.Table or OutputFormat.Wide;

        /// <summary>A row a line where a program may read it, and broken at the edge where a person does.</summary>
        /// <param name="table">The server's table.</param>
        /// <param name="acrossNamespaces">Whether each row has to say its namespace.</param>
        /// <param name="inTime">Whether what was seen last comes last; the rows carry their objects then.</param>
        public void PrintTable(JsonObject table, bool acrossNamespaces, bool inTime = false)
        {
            if (inTime)
            {
                IEnumerable<JsonNode> rows = table["rows"]!.AsArray()
                    .Select(static row => row!.DeepClone())
                    .OrderBy(static row => (string?)row["object"]?["lastTimestamp"], StringComparer.Ordinal);
                table["rows"] = new JsonArray([.. rows]);
            }

            if (acrossNamespaces) NamespaceColumn.AddTo(table);
            TablePrinter.Print(table, Output == OutputFormat.Wide, Console.Out, TablePrinter.TerminalColumns);
        }

        public void Print(JsonObject json)
        {
            if (!ManagedFields) ObjectPrinter.HideManagedFields(json);
            ObjectPrinter.Print(json, Output, Console.Out);
        }
    }
}
