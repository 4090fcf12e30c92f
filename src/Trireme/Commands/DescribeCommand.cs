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
        var command = new Command(
            "describe", "Show objects: conditions, how engines ended and recent events first, then what is wanted and how it is.")
        {
            resources, @namespace, output,
        };
        connection.AddTo(command);
        command.SetAction((parsed, cancellationToken) => connection.RunAsync(parsed, async server =>
        {
            var client = new UntypedClient(server, "trireme");
            string scope = parsed.GetValue(@namespace)!;
            IReadOnlyList<ResourceArgument> described = ResourceArgument.Parse(parsed.GetValue(resources)!);
            bool isMissing = false, isFirst = true;
            foreach (ResourceArgument resource in described)
            {
                foreach (string name in await NamesAsync(client, resource, scope, cancellationToken))
                {
                    try
                    {
                        DescribedObject found = await FindAsync(server, resource.Definition, scope, name, cancellationToken);
                        Print(found, parsed.GetValue(output), isFirst);
                        isFirst = false;
                    }
                    catch (ApiException exception) when (exception.IsNotFound && described.Count > 1)
                    {
                        await Console.Error.WriteLineAsync($"trireme: {ApiConnection.Explain(parsed, exception)}");
                        isMissing = true;
                    }
                }
            }

            return isMissing ? ExitCode.NotFound : ExitCode.Success;
        }));
        return command;
    }

    private static async Task<DescribedObject> FindAsync(
        KubernetesConnection server, ResourceDefinition definition, string scope, string name, CancellationToken cancellationToken)
    {
        var client = new UntypedClient(server, "trireme");
        JsonObject json = await client.GetAsync(definition, new ResourceKey(definition.Namespaced ? scope : "", name), cancellationToken);
        var ofObject = new ListOptions { FieldSelector = $"involvedObject.uid={(string?)json["metadata"]!["uid"]}" };
        JsonObject events = await client.ListAsync(ResourceCatalog.Events, scope, ofObject, cancellationToken);
        JsonObject table = await client.TableAsync(definition, scope, name, new ListOptions(), withObjects: false, cancellationToken);
        IReadOnlyList<ModelReplica> replicas = [];
        if (definition == ResourceCatalog.ModelServices)
        {
            var ofService = new ListOptions { LabelSelector = NameLabel.SelectorOf(name) };
            replicas = (await new ResourceClient<ModelReplica>(server).ListAsync(scope, ofService, cancellationToken)).Items;
        }

        return new DescribedObject(json, table, events["items"]!.AsArray(), replicas);
    }

    private static void Print(DescribedObject found, OutputFormat format, bool isFirst)
    {
        if (format is not (OutputFormat.Json or OutputFormat.Yaml))
        {
            if (!isFirst) Console.Out.WriteLine();
            ObjectDescriber.Describe(found, TimeProvider.System.GetUtcNow(), Console.Out, TablePrinter.OutputColumns);
            return;
        }

        ObjectPrinter.HideManagedFields(found.Json);
        if (format == OutputFormat.Yaml) Console.Out.WriteLine("---");
        ObjectPrinter.Print(new JsonObject { ["object"] = found.Json, ["events"] = found.Events.DeepClone() }, format, Console.Out);
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
