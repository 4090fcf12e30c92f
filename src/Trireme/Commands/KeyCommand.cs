using System.CommandLine;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Connection;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;
using Trireme.Governance.ApiKeys;
using Trireme.Hosting;
using Trireme.Kubernetes;
using Trireme.Output;

namespace Trireme.Commands;

/// <summary>Commands about API keys, which are Secrets that hold a hash.</summary>
internal static class KeyCommand
{
    private static readonly string[] Header = ["ID", "FOR", "PRIORITY", "CREATED", "SECRET"];

    public static Command Create() =>
        new("key", "Make, show, list and delete the API keys that clients call models with.") { CreateKey(), Show(), List(), Delete() };

    private static Command CreateKey()
    {
        var purpose = new Argument<string>("PURPOSE") { Description = "What the key is for, in words recognised later." };
        Option<OutputFormat> output = CommonOptions.Output(OutputFormat.Table, OutputFormat.Json, OutputFormat.Yaml);
        Option<int> priority = NumberOption.Of(
            "--priority",
            "Place of its requests in an engine's queue: a lower number is computed earlier.",
            ApiKey.PriorityMin,
            ApiKey.PriorityMax,
            0);
        const string Description = "Make a key for the services of a namespace; it is shown this once.";
        return With("create", Description, [purpose, priority, output], async (call, token) =>
        {
            NewApiKey key = ApiKey.Create(
                call.Namespace, call.Parsed.GetValue(purpose)!, TimeProvider.System.GetUtcNow(), call.Parsed.GetValue(priority));
            await call.Secrets.CreateAsync(key.Secret, token);
            OutputFormat format = call.Parsed.GetValue(output);
            if (format == OutputFormat.Table)
            {
                Console.Out.WriteLine(key.Plaintext);
                await Console.Error.WriteLineAsync(
                    $"Opens the services of namespace {call.Namespace}; clients read it from OPENAI_API_KEY. Store it now: only its hash "
                    + "is kept.");
                return;
            }

            var json = new JsonObject { ["key"] = key.Plaintext, ["namespace"] = call.Namespace, ["secret"] = key.Secret.Metadata.Name };
            ObjectPrinter.Print(json, format, Console.Out);
        });
    }

    /// <summary>Reads the data folder alone, so that it works while the platform is stopped.</summary>
    private static Command Show()
    {
        Option<DirectoryInfo> dataFolder = CommonOptions.DataFolder();
        var telemetry = new Option<bool>("--telemetry") { Description = "The key of the query API and /metrics instead." };
        var command = new Command("show", "Print the first API key of the data folder.") { dataFolder, telemetry };
        command.SetAction(parsed =>
        {
            var data = new DataFolderLayout(parsed.GetValue(dataFolder)!.FullName);
            Console.Out.WriteLine(parsed.GetValue(telemetry) ? LocalKeys.Telemetry(data) : LocalKeys.Api(data));
            return ExitCode.Success;
        });
        return command;
    }

    private static Command List()
    {
        Option<OutputFormat> output = CommonOptions.Output(OutputFormat.Table, OutputFormat.Json, OutputFormat.Yaml);
        return With("list", "List the keys of a namespace by id; nobody can show them again.", [output], async (call, token) =>
        {
            string[][] keys = [.. (await KeysAsync(call, token)).Select(Row)];
            OutputFormat format = call.Parsed.GetValue(output);
            if (format == OutputFormat.Table && keys.Length == 0)
            {
                await Console.Error.WriteLineAsync($"No keys found in namespace {call.Namespace}.");
            }
            else if (format == OutputFormat.Table)
            {
                TablePrinter.Print([Header, .. keys], Console.Out);
            }
            else
            {
                var items = new JsonArray([.. keys.Select(key => (JsonNode)new JsonObject
                {
                    ["id"] = key[0], ["for"] = key[1], ["priority"] = key[2], ["created"] = key[3], ["secret"] = key[4],
                })]);
                ObjectPrinter.Print(new JsonObject { ["items"] = items }, format, Console.Out);
            }
        });
    }

    private static Command Delete()
    {
        var id = new Argument<string>("ID") { Description = "The eight characters after trk_, or the whole key." };
        return With("delete", "Delete a key; requests with it are refused from then on.", [id], async (call, token) =>
        {
            string given = call.Parsed.GetValue(id)!;
            string wanted = given.StartsWith(ApiKey.Prefix, StringComparison.Ordinal)
                ? given[ApiKey.Prefix.Length..].Split('_')[0]
                : given;
            Secret found = (await KeysAsync(call, token)).FirstOrDefault(secret => Entry(secret, "id") == wanted)
                ?? throw new CommandException(
                    $"namespace {call.Namespace} has no key with the id \"{wanted}\"; \"trireme key list\" shows them", ExitCode.NotFound);
            await call.Secrets.DeleteAsync(new ResourceKey(call.Namespace, found.Metadata.Name), cancellationToken: token);
            Console.Out.WriteLine($"key {wanted} deleted");
        }, id);
    }

    private static async Task<IEnumerable<Secret>> KeysAsync(KeyCall call, CancellationToken cancellationToken)
    {
        ResourceList<Secret> all = await call.Secrets.ListAsync(call.Namespace, cancellationToken: cancellationToken);
        return all.Items.Where(secret => secret.Type == TriremeApi.ApiKeySecretType);
    }

    /// <summary>The id of a key's Secret; null for another Secret.</summary>
    private static string? IdOf(JsonNode json) =>
        json.Deserialize<Secret>(ResourceJson.Options) is { Type: TriremeApi.ApiKeySecretType } secret ? Entry(secret, "id") : null;

    private static string[] Row(Secret secret) =>
        [Entry(secret, "id"), Entry(secret, "name"), Priority(secret), Entry(secret, "created"), secret.Metadata.Name];

    /// <summary>Keys made before there were priorities hold none, which means 0.</summary>
    private static string Priority(Secret secret) => secret.Data?.ContainsKey("priority") == true ? Entry(secret, "priority") : "0";

    /// <summary>A value of the Secret as text; a Secret that a person has damaged shows a dash there.</summary>
    private static string Entry(Secret secret, string name)
    {
        byte[] bytes = new byte[(secret.Data?.GetValueOrDefault(name) ?? "").Length];
        return Convert.TryFromBase64String(secret.Data?.GetValueOrDefault(name) ?? "", bytes, out int length) && length > 0
            ? Encoding.UTF8.GetString(bytes, 0, length)
            : "-";
    }

    private static Command With(
        string name,
        string description,
        IReadOnlyList<Symbol> symbols,
        Func<KeyCall, CancellationToken, Task> work,
        Argument<string>? id = null)
    {
        var connection = new ApiConnection();
        Option<string> @namespace = CommonOptions.Namespace();
        var command = new Command(name, description);
        foreach (Symbol symbol in symbols)
        {
            if (symbol is Argument argument) command.Add(argument);
            if (symbol is Option option) command.Add(option);
        }

        command.Add(@namespace);
        id?.CompletionSources.Add(new ObjectNames(connection, @namespace).Of(ResourceCatalog.Secrets, IdOf));
        connection.AddTo(command);
        command.SetAction((parsed, cancellationToken) => connection.RunAsync(parsed, async server =>
        {
            var secrets = new ResourceClient<Secret>(server, ApplyCommand.FieldManager);
            await work(new KeyCall(parsed, secrets, parsed.GetValue(@namespace)!), cancellationToken);
            return ExitCode.Success;
        }));
        return command;
    }

    private sealed record KeyCall(ParseResult Parsed, ResourceClient<Secret> Secrets, string Namespace);
}
