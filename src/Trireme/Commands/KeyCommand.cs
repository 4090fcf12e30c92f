using System.CommandLine;
using System.Globalization;
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
    private static readonly string[] Header = ["ID", "FOR", "PRIORITY", "EXPIRES", "SERVICES", "LIMITS", "USED"];

    public static Command Create() =>
        new("key", "Make, show, list, rotate and revoke the API keys that clients call models with.")
        {
            CreateKey(), Show(), List(), Rotate(), Revoke(),
        };

    private static Command CreateKey()
    {
        var purpose = new Argument<string>("PURPOSE") { Description = "What the key is for, in words recognised later." };
        Option<OutputFormat> output = CommonOptions.Output(OutputFormat.Table, OutputFormat.Json, OutputFormat.Yaml);
        var terms = new KeyTermsOptions();
        const string Description = "Make a key for the services of a namespace; it is shown this once.";
        return With("create", Description, [purpose, .. terms.All, output], async (call, token) =>
        {
            DateTimeOffset now = TimeProvider.System.GetUtcNow();
            ApiKeyTerms allowed = terms.Read(call.Parsed, now);
            NewApiKey key = ApiKey.Create(call.Namespace, call.Parsed.GetValue(purpose)!, now, allowed);
            await call.Secrets.CreateAsync(key.Secret, token);
            await PrintNewAsync(call, key, allowed, call.Parsed.GetValue(output));
        });
    }

    private static async Task PrintNewAsync(KeyCall call, NewApiKey key, ApiKeyTerms terms, OutputFormat format)
    {
        if (format == OutputFormat.Table)
        {
            Console.Out.WriteLine(key.Plaintext);
            string opens = terms.Services.Count == 0 ? "the services" : string.Join(", ", terms.Services);
            string until = terms.Expires is { } expires ? $" until {Minute(expires)}" : "";
            await Console.Error.WriteLineAsync(
                $"Opens {opens} of namespace {call.Namespace}{until}; clients read it from OPENAI_API_KEY. Store it now: only its hash is "
                + "kept.");
            return;
        }

        var json = new JsonObject { ["key"] = key.Plaintext, ["namespace"] = call.Namespace, ["secret"] = key.Secret.Metadata.Name };
        ObjectPrinter.Print(json, format, Console.Out);
    }

    private static Command Rotate()
    {
        Argument<string> id = IdArgument();
        Option<Duration> overlap = CommonOptions.Duration(
            "--overlap", "How long the old key opens what it did, beside the new one.", TimeSpan.FromHours(24));
        Option<OutputFormat> output = CommonOptions.Output(OutputFormat.Table, OutputFormat.Json, OutputFormat.Yaml);
        const string Description = "Make a key that allows what another one does, and let that one expire; the new one is shown this once.";
        return With("rotate", Description, [id, overlap, output], async (call, token) =>
        {
            Secret old = await FindAsync(call, call.Parsed.GetValue(id)!, token);
            string? problem = ApiKey.TryReadTerms(old, out ApiKeyTerms terms);
            if (problem is not null) throw new CommandException($"secret {old.Metadata.Name}: {problem}", ExitCode.Invalid);
            DateTimeOffset now = TimeProvider.System.GetUtcNow();
            if (terms.Expires <= now)
            {
                throw new CommandException(
                    $"key {Entry(old, "id")} expired at {Minute(terms.Expires.Value)}; make another one with \"trireme key create\"");
            }

            NewApiKey key = ApiKey.Create(call.Namespace, Entry(old, "name"), now, terms);
            await call.Secrets.CreateAsync(key.Secret, token);

            // The new one comes first: whatever happens in between, one of them opens.
            DateTimeOffset until = now + call.Parsed.GetValue(overlap).Value;
            if (terms.Expires < until) until = terms.Expires.Value;
            else await call.Secrets.ReplaceAsync(ApiKey.WithExpiry(old, until), token);
            await PrintNewAsync(call, key, terms, call.Parsed.GetValue(output));
            await Console.Error.WriteLineAsync($"The old one, {Entry(old, "id")}, expires at {Minute(until)}.");
        }, id);
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
            IReadOnlyDictionary<string, string> used = await KeyUse.LastAsync(call.Data, call.Namespace, token);
            string[][] keys = [.. (await KeysAsync(call, token)).Select(secret => Row(secret, used))];
            OutputFormat format = call.Parsed.GetValue(output);
            if (format == OutputFormat.Table && keys.Length == 0)
            {
                await Console.Error.WriteLineAsync($"No keys found in namespace {call.Namespace}.");
            }
            else if (format == OutputFormat.Table)
            {
                TablePrinter.Print([Header, .. keys.Select(Short)], Console.Out);
            }
            else
            {
                var items = new JsonArray([.. keys.Select(key => (JsonNode)new JsonObject
                {
                    ["id"] = key[0],
                    ["for"] = key[1],
                    ["priority"] = key[2],
                    ["expires"] = key[3],
                    ["services"] = key[4],
                    ["limits"] = key[5],
                    ["created"] = key[6],
                    ["secret"] = key[7],
                    ["lastUsed"] = key[8] == KeyUse.None ? null : key[8],
                })]);
                ObjectPrinter.Print(new JsonObject { ["items"] = items }, format, Console.Out);
            }
        });
    }

    private static Command Revoke()
    {
        Argument<string> id = IdArgument();
        Command command = With("revoke", "Delete a key; requests with it are refused from then on.", [id], async (call, token) =>
        {
            Secret found = await FindAsync(call, call.Parsed.GetValue(id)!, token);
            await call.Secrets.DeleteAsync(new ResourceKey(call.Namespace, found.Metadata.Name), cancellationToken: token);
            Console.Out.WriteLine($"key {Entry(found, "id")} revoked");
        }, id);
        command.Aliases.Add("delete");
        return command;
    }

    private static Argument<string> IdArgument() =>
        new("ID") { Description = "The eight characters after trk_, or the whole key." };

    private static async Task<Secret> FindAsync(KeyCall call, string given, CancellationToken cancellationToken)
    {
        bool isWhole = given.StartsWith(ApiKey.Prefix, StringComparison.Ordinal);
        string wanted = isWhole ? given[ApiKey.Prefix.Length..].Split('_')[0] : given;
        Secret found = (await KeysAsync(call, cancellationToken)).FirstOrDefault(secret => Entry(secret, "id") == wanted)
            ?? throw new CommandException(
                $"namespace {call.Namespace} has no key with the id \"{wanted}\"; \"trireme key list\" shows them", ExitCode.NotFound);
        if (isWhole && !ApiKeyDirectory.Build([found]).TryIdentify(given, out _))
        {
            throw new CommandException(
                $"that is not the key {wanted}, only its id: give the id alone if that key is meant", ExitCode.NotFound);
        }

        return found;
    }

    private static async Task<IEnumerable<Secret>> KeysAsync(KeyCall call, CancellationToken cancellationToken)
    {
        ResourceList<Secret> all = await call.Secrets.ListAsync(call.Namespace, cancellationToken: cancellationToken);
        return all.Items.Where(secret => secret.Type == TriremeApi.ApiKeySecretType);
    }

    /// <summary>The id of a key's Secret; null for another Secret.</summary>
    private static string? IdOf(JsonNode json) =>
        json.Deserialize<Secret>(ResourceJson.Options) is { Type: TriremeApi.ApiKeySecretType } secret ? Entry(secret, "id") : null;

    private static string[] Row(Secret secret, IReadOnlyDictionary<string, string> used) =>
    [
        Entry(secret, "id"),
        Entry(secret, "name"),
        Priority(secret),
        secret.Data?.ContainsKey("expires") == true ? Entry(secret, "expires") : "never",
        secret.Data?.ContainsKey("services") == true ? Entry(secret, "services") : "all",
        secret.Data?.ContainsKey("usage") == true ? Limits(secret) : "tenant's",
        Entry(secret, "created"),
        secret.Metadata.Name,
        used.GetValueOrDefault(Entry(secret, "id"), KeyUse.None),
    ];

    /// <summary>In few words: "100 tok/min, 8 at once".</summary>
    private static string Limits(Secret secret)
    {
        if (UsageSpec.TryParse(Entry(secret, "usage"), out UsageSpec? usage) is not null) return "-";
        string[] words =
        [
            .. Words(usage!.RequestsPerMinute, "req/min"),
            .. Words(usage.TokensPerMinute, "tok/min"),
            .. Words(usage.ConcurrentRequests, "at once"),
            .. Words(usage.CostPerDay, "a day"),
            .. Words(usage.CostPerMonth, "a month"),
        ];
        return string.Join(", ", words);

        static string[] Words<T>(T? limit, string unit)
            where T : struct, IFormattable => limit is { } most ? [string.Create(CultureInfo.InvariantCulture, $"{most} {unit}")] : [];
    }

    /// <summary>A row that fits a terminal: days for times, and without the Secret and when it was made.</summary>
    private static string[] Short(string[] key) => [.. key[..3], Expiry(key[3]), key[4], key[5], Day(key[8])];

    private static string Expiry(string time) =>
        DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, out DateTimeOffset at) && at <= TimeProvider.System.GetUtcNow()
            ? "expired"
            : Day(time);

    private static string Minute(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>The day of a time.</summary>
    private static string Day(string time) => time.Split('T')[0];

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
            await work(new KeyCall(parsed, secrets, parsed.GetValue(@namespace)!, connection.OwnFolder(parsed)), cancellationToken);
            return ExitCode.Success;
        }));
        return command;
    }

    private sealed record KeyCall(ParseResult Parsed, ResourceClient<Secret> Secrets, string Namespace, DataFolderLayout? Data);
}
