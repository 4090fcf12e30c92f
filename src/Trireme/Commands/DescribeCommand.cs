using System.CommandLine;
using System.Text.Json.Nodes;
using Trireme.Connection;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;
using Trireme.Kubernetes;
using Trireme.Output;

namespace Trireme.Commands;

internal static class DescribeCommand
{
    public static Command Create()
    {
        var connection = new ApiConnection();
        var resources = new Argument<string[]>("KIND NAME...")
        {
            Description = "What to describe, such as \"msvc tiny\".",
            Arity = ArgumentArity.OneOrMore,
        }.OfNames();
        Option<string> @namespace = CommonOptions.Namespace();
        resources.CompletionSources.Add(new ObjectNames(connection, @namespace).OfWords(resources));
        Option<OutputFormat> output = CommonOptions.Output(OutputFormat.Table, OutputFormat.Json, OutputFormat.Yaml);
        var command = new Command("describe", "Show objects with their conditions first, and recent events.")
        {
            resources, @namespace, output,
        };
        connection.AddTo(command);
        command.SetAction((parsed, cancellationToken) => connection.RunAsync(parsed, async server =>
        {
            var client = new UntypedClient(server, "trireme");
            string scope = parsed.GetValue(@namespace)!;
            foreach (ResourceArgument resource in ResourceArgument.Parse(parsed.GetValue(resources)!))
            {
                foreach (string name in await NamesAsync(client, resource, scope, cancellationToken))
                {
                    var key = new ResourceKey(resource.Definition.Namespaced ? scope : "", name);
                    JsonObject json = await client.GetAsync(resource.Definition, key, cancellationToken);
                    JsonObject events = await client.ListAsync(
                        ResourceCatalog.Events,
                        scope,
                        new ListOptions { FieldSelector = $"involvedObject.uid={(string?)json["metadata"]!["uid"]}" },
                        cancellationToken);
                    if (parsed.GetValue(output) is OutputFormat.Json or OutputFormat.Yaml)
                    {
                        Print(json, events["items"]!.AsArray(), parsed.GetValue(output));
                        continue;
                    }

                    JsonObject table = await client.TableAsync(
                        resource.Definition, scope, name, new ListOptions(), withObjects: false, cancellationToken);
                    DateTimeOffset now = TimeProvider.System.GetUtcNow();
                    ObjectDescriber.Describe(json, table, events["items"]!.AsArray(), now, Console.Out, TablePrinter.OutputColumns);
                    if (resource.Definition != ResourceCatalog.ModelServices) continue;
                    ResourceList<ModelReplica> replicas = await new ResourceClient<ModelReplica>(server).ListAsync(
                        scope, new ListOptions { LabelSelector = $"{TriremeApi.ServiceLabel}={name}" }, cancellationToken);
                    ReplicaExits.Write(replicas.Items, now, Console.Out, TablePrinter.OutputColumns);
                }
            }

            return ExitCode.Success;
        }));
        return command;
    }

    private static void Print(JsonObject json, JsonArray events, OutputFormat format)
    {
        ObjectPrinter.HideManagedFields(json);
        if (format == OutputFormat.Yaml) Console.Out.WriteLine("---");
        ObjectPrinter.Print(new JsonObject { ["object"] = json, ["events"] = events.DeepClone() }, format, Console.Out);
    }

    private static async Task<IReadOnlyList<string>> NamesAsync(
        UntypedClient client,
        ResourceArgument resource,
        string scope,
        CancellationToken cancellationToken)
    {
        if (resource.Name is { } name) return [name];
        JsonObject list = await client.ListAsync(resource.Definition, scope, new ListOptions(), cancellationToken);
        return [.. list["items"]!.AsArray().Select(item => (string)item!["metadata"]!["name"]!)];
    }
}
