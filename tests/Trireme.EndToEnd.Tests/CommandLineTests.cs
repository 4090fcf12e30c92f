using System.Text.Json.Nodes;
using Trireme.Testing;

namespace Trireme.EndToEnd.Tests;

/// <summary>What scripts and people meet: exit codes, what apply says, logs, completion, keys.</summary>
public sealed class CommandLineTests(PlatformFixture fixture)
{
    private const string Map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: words}\ndata: {a: \"VALUE\"}\n";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private PlatformProcess Platform => fixture.Platform;

    [Theory]
    [InlineData(0, "get modelservices")]
    [InlineData(2, "chat tiny --tmperature 0")]
    [InlineData(2, "get nonsense")]
    [InlineData(2, "logs")]
    [InlineData(2, "get ms,releases -w")]
    [InlineData(3, "get ms,releases tiny")]
    [InlineData(3, "describe ms,releases tiny")]
    [InlineData(3, "get modelservice nobody")]
    [InlineData(3, "describe release nobody")]
    [InlineData(3, "delete configmap nobody")]
    [InlineData(3, "logs nobody")]
    [InlineData(3, "rollout status nobody")]
    [InlineData(3, "chat nobody Hello")]
    [InlineData(3, "load --service nobody --for 5s")]
    [InlineData(3, "apply -f /nowhere/service.yaml")]
    [InlineData(3, "train -f /nowhere/job.yaml --progress plain")]
    [InlineData(3, "key delete nobody12")]
    [InlineData(3, "up --config /nowhere/trireme.yaml")]
    [InlineData(3, "get modelservices --kubeconfig /nowhere/kubeconfig")]
    [InlineData(4, "apply -f README.md")]
    [InlineData(5, "get modelservices --data-dir /nowhere/data")]
    [InlineData(5, "chat tiny Hello --url http://127.0.0.1:9/v1 --api-key trk_x")]
    public async Task A_command_ends_with_the_code_that_is_documented(int code, string line)
    {
        CommandResult result = await Platform.RunAsync(line.Split(' '));
        Assert.True(code == result.ExitCode, $"{result.ExitCode}: {result.Error}");
        if (code == 0) return;
        Assert.NotEqual("", result.Error);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("get modelservice nobody -n team", "modelservices.trireme.dev \"nobody\" not found in namespace team")]
    [InlineData("rollout status nobody", "modelservices.trireme.dev \"nobody\" not found in namespace default")]
    [InlineData("get namespace nobody", "namespaces \"nobody\" not found")]
    public async Task What_is_not_there_is_told_with_where_it_was_looked_for(string line, string expected) =>
        Assert.Equal($"trireme: {expected}\n", (await Platform.RunAsync(line.Split(' '))).Error);

    [Fact]
    public async Task Apply_says_of_each_object_what_became_of_it()
    {
        string file = Path.Combine(Platform.DataFolder, "words.yaml");
        string[] said = [await ApplyAsync("1"), await ApplyAsync("1"), await ApplyAsync("2"), await ApplyAsync("3", "--dry-run")];
        Assert.Equal(
            ["configmap/words created", "configmap/words unchanged", "configmap/words configured", "configmap/words configured (dry run)"],
            said);
        Assert.Equal(0, (await Platform.RunAsync("delete", "-f", file)).ExitCode);

        async Task<string> ApplyAsync(string value, params string[] options)
        {
            await File.WriteAllTextAsync(file, Map.Replace("VALUE", value, StringComparison.Ordinal));
            CommandResult result = await Platform.RunAsync(["apply", "-f", file, .. options]);
            Assert.True(result.ExitCode == 0, result.Error);
            return result.Output.Trim();
        }
    }

    [Fact]
    public async Task A_dry_run_of_the_client_needs_no_platform_and_names_each_field_that_is_wrong()
    {
        string file = Path.Combine(Platform.DataFolder, "dry.yaml");
        await File.WriteAllTextAsync(
            file,
            "apiVersion: trireme.dev/v1alpha1\nkind: ModelService\nmetadata: {name: dry}\nspec: {relaese: v1, replicas: two}\n---\n" + Map);
        CommandResult result = await Platform.RunAsync("apply", "-f", file, "--dry-run=client", "--data-dir", "/nowhere/data");
        Assert.True(result.ExitCode == 4, $"{result.ExitCode}: {result.Error}");
        Assert.Equal("configmap/words passes (dry run)\n", result.Output);
        string[] errors = result.Error.TrimEnd('\n').Split('\n');
        Assert.All(errors, error => Assert.StartsWith($"trireme: {file}: modelservice/dry: spec.", error, StringComparison.Ordinal));
        Assert.Contains(errors, error => error.Contains("relaese", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.Contains("spec.replicas: must be", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_env_prints_leads_a_shell_to_this_platform()
    {
        const string Script =
            """
            eval "$("$TRIREME" env --data-dir "$FOLDER")"
            echo "$TRIREME_DATA_DIR" "$OPENAI_BASE_URL" "$OPENAI_API_KEY" "$KUBECONFIG"
            """;
        var environment = new Dictionary<string, string> { ["TRIREME"] = PlatformProcess.Program, ["FOLDER"] = Platform.DataFolder };
        CommandResult result = await CommandResult.RunAsync("bash", ["-c", Script], environment);
        string kubeconfig = Path.Combine(Platform.DataFolder, "kubeconfig");
        Assert.Equal($"{Platform.DataFolder} {Platform.Gateway} {Platform.ApiKey} {kubeconfig}\n", result.Output);
    }

    [Fact]
    public async Task Delete_goes_on_past_what_is_gone_and_names_it()
    {
        string file = Path.Combine(Platform.DataFolder, "many-words.yaml");
        string[] names = ["words-a", "words-b", "words-c"];
        await File.WriteAllTextAsync(file, string.Join("---\n", names.Select(static name => Map.Replace("name: words", $"name: {name}"))));
        Assert.Equal(0, (await Platform.RunAsync("apply", "-f", file)).ExitCode);
        Assert.Equal(0, (await Platform.RunAsync("delete", "configmap", "words-b")).ExitCode);

        CommandResult delete = await Platform.RunAsync("delete", "-f", file);
        Assert.True(delete.ExitCode == 3, $"{delete.ExitCode}: {delete.Error}");
        Assert.Equal(["configmap/words-c deleted", "configmap/words-a deleted"], delete.Output.TrimEnd('\n').Split('\n'));
        Assert.Contains("\"words-b\" not found", Assert.Single(delete.Error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);

        CommandResult again = await Platform.RunAsync("delete", "-f", file, "--ignore-not-found");
        Assert.True(again.ExitCode == 0, again.Error);
        Assert.Equal("", again.Output + again.Error);
    }

    [Fact]
    public async Task Apply_waits_until_a_service_serves_or_cannot_and_its_death_can_be_read_afterwards()
    {
        string file = Path.Combine(Platform.DataFolder, "waited.yaml");
        await File.WriteAllTextAsync(file, Manifest("waited-v1", "512Mi"));
        CommandResult ready = await Platform.RunAsync("apply", "-f", file, "--wait", "--timeout", "60s");
        Assert.True(ready.ExitCode == 0, ready.Error);
        Assert.Contains("modelservice/waited: 1 of 1 replicas serve waited-v1", ready.Error, StringComparison.Ordinal);

        // A budget that the engine refuses is told as such, once, and not tried again and again.
        await File.WriteAllTextAsync(file, Manifest("waited-v1", "1Mi"));
        CommandResult refused = await Platform.RunAsync("apply", "-f", file, "--wait", "--timeout", "60s");
        Assert.True(refused.ExitCode == 8, $"{refused.ExitCode} {refused.Error}");
        Assert.Contains("The model cannot be served. ", refused.Error, StringComparison.Ordinal);

        CommandResult delete = await Platform.RunAsync("delete", "-f", file);
        Assert.True(delete.ExitCode == 0, delete.Error);
        CommandResult log = await Platform.RunAsync("logs", "waited", "--previous");
        Assert.True(log.ExitCode == 0, log.Error);
        Assert.Matches("(?m)^[0-9-]+T[0-9:.]+Z start: process 1 of replica default/waited-", log.Output);
        Assert.Matches("(?m)^[0-9-]+T[0-9:.]+Z exit: ", log.Output);
        Assert.Empty(await ReplicasAsync("waited"));
    }

    [Fact]
    public async Task What_happened_last_is_the_last_line_of_the_events()
    {
        CommandResult table = await Platform.RunAsync("get", "events", "-o", "wide");
        CommandResult list = await Platform.RunAsync("get", "events", "-o", "json");
        var times = JsonNode.Parse(list.Output)!["items"]!.AsArray()
            .ToDictionary(static item => (string)item!["metadata"]!["name"]!, static item => (string)item!["lastTimestamp"]!);
        string[] lines = table.Output.TrimEnd('\n').Split('\n');
        Assert.StartsWith("LAST SEEN ", lines[0], StringComparison.Ordinal);
        string[] shown = [.. lines[1..].Select(static line => line[(line.LastIndexOf(' ') + 1)..]).Where(times.ContainsKey)];
        Assert.InRange(shown.Length, 3, int.MaxValue);
        Assert.Equal(shown.Select(name => times[name]).Order(StringComparer.Ordinal), shown.Select(name => times[name]));
    }

    [Fact]
    public async Task Logs_of_a_service_name_their_replicas_and_describe_says_how_to_read_them()
    {
        CommandResult log = await Platform.RunAsync("logs", "tiny", "--tail", "1", "-o", "json");
        Assert.True(log.ExitCode == 0, log.Error);
        string[] lines = log.Output.TrimEnd('\n').Split('\n');
        IReadOnlyList<JsonObject> replicas = await ReplicasAsync("tiny");
        Assert.Equal(
            replicas.Select(ReleasedService.Name).Order(), lines.Select(line => (string)JsonNode.Parse(line)!["replica"]!).Order());
        Assert.All(replicas, replica => Assert.True(File.Exists((string)replica["status"]!["logFile"]!)));
        CommandResult description = await Platform.RunAsync("describe", "modelservice", "tiny");
        Assert.StartsWith("modelservice.trireme.dev/tiny\nconditions:\n", description.Output, StringComparison.Ordinal);
        Assert.Contains("\nlogs: trireme logs tiny\n", description.Output, StringComparison.Ordinal);
        CommandResult platform = await Platform.RunAsync("logs", "--platform", "--since", "1h");
        Assert.Matches("(?m)^[0-9-]+T[0-9:.]+Z information Trireme", platform.Output);
    }

    [Theory]
    [InlineData("trireme describe msvc ", "tiny")]
    [InlineData("trireme get modelservice/t", "modelservice/tiny")]
    [InlineData("trireme get mod", "modelservices")]
    [InlineData("trireme get ms ti", "tiny")]
    [InlineData("trireme chat t", "tiny")]
    [InlineData("trireme load --service ", "tiny")]
    [InlineData("trireme rollout status ", "tiny")]
    [InlineData("trireme rollout undo tiny --to ", "tiny-v1")]
    [InlineData("trireme logs t", "tiny")]
    [InlineData("trireme get modelservices -n d", "default")]
    [InlineData("trireme get modelservices -o ", "yaml")]
    public async Task The_shell_completes(string line, string expected)
    {
        // On a machine at its limits the platform may answer later than a shell bears; the next press of the key finds it.
        await Eventually.True($"completion of {expected}", Deadline, async () =>
            (await Platform.RunAsync($"[suggest:{line.Length}]", line)).Output.Split('\n').Contains(expected));
    }

    [Fact]
    public async Task Bash_completes_names_of_objects()
    {
        string script =
            $$"""
            PATH={{Path.GetDirectoryName(PlatformProcess.Program)}}:$PATH
            source <(trireme completion bash)
            COMP_LINE="trireme describe msvc t"; COMP_POINT=${#COMP_LINE}; COMP_WORDS=(trireme describe msvc t); COMP_CWORD=3
            _trireme; printf '%s\n' "${COMPREPLY[@]}"
            """;
        await Eventually.True("completion of tiny", Deadline, async () =>
        {
            CommandResult result = await CommandResult.RunAsync(
                "bash", ["-c", script], new Dictionary<string, string> { ["TRIREME_DATA_DIR"] = Platform.DataFolder });
            return result.Output == "tiny\n";
        });
    }

    [Fact]
    public async Task A_key_opens_the_services_of_its_namespace_until_it_is_deleted()
    {
        CommandResult made = await Platform.RunAsync("key", "create", "for a test");
        Assert.True(made.ExitCode == 0, made.Error);
        string key = made.Output.Trim(), id = key[4..12];
        const string Line = "trireme key delete ";
        await Eventually.True($"completion of {id}", Deadline, async () =>
            (await Platform.RunAsync($"[suggest:{Line.Length}]", Line)).Output.Split('\n').Contains(id));
        Assert.DoesNotContain(key[13..], (await Platform.RunAsync("key", "list")).Output, StringComparison.Ordinal);
        Assert.Contains($"{id}   for a test", (await Platform.RunAsync("key", "list")).Output, StringComparison.Ordinal);
        await AnswersAsync(0);
        Assert.Equal(0, (await Platform.RunAsync("key", "delete", id)).ExitCode);
        await AnswersAsync(1);

        Task AnswersAsync(int code) => Eventually.True($"code {code}", Deadline, async () =>
            (await Platform.RunAsync("chat", "tiny", "Hello", "--max-tokens", "2", "--api-key", key)).ExitCode == code);
    }

    [Fact]
    public async Task A_key_carries_a_priority()
    {
        CommandResult made = await Platform.RunAsync("key", "create", "nightly batch", "--priority", "10", "-o", "json");
        Assert.True(made.ExitCode == 0, made.Error);
        string id = ((string)JsonNode.Parse(made.Output)!["key"]!)[4..12];
        CommandResult list = await Platform.RunAsync("key", "list");
        Assert.Matches("(?m)^ID +FOR +PRIORITY +EXPIRES +SERVICES +LIMITS +USED$", list.Output);
        Assert.Matches($"(?m)^{id} +nightly", list.Output);
        JsonNode all = JsonNode.Parse((await Platform.RunAsync("key", "list", "-o", "json")).Output)!;
        JsonNode key = all["items"]!.AsArray().Single(item => (string)item!["id"]! == id)!;
        Assert.Equal(("nightly batch", "10", "never"), ((string)key["for"]!, (string)key["priority"]!, (string)key["expires"]!));
        Assert.Equal(0, (await Platform.RunAsync("key", "delete", id)).ExitCode);
        Assert.Equal(2, (await Platform.RunAsync("key", "create", "too much", "--priority", "-1001")).ExitCode);
    }

    [Fact]
    public async Task Get_finds_a_service_by_its_shortest_name()
    {
        CommandResult result = await Platform.RunAsync("get", "ms", "-o", "name");
        Assert.Contains("modelservice.trireme.dev/tiny", result.Output, StringComparison.Ordinal);
    }

    private static string Manifest(string release, string memory) =>
        $$"""
        apiVersion: trireme.dev/v1alpha1
        kind: Release
        metadata:
          name: {{release}}
        spec:
          source:
            path: models/tiny
        ---
        apiVersion: trireme.dev/v1alpha1
        kind: ModelService
        metadata: {name: waited}
        spec:
          release: {{release}}
          resources:
            memory: {{memory}}
        """;

    private async Task<IReadOnlyList<JsonObject>> ReplicasAsync(string service) =>
        [.. (await Platform.ListAsync("modelreplicas")).Where(replica => (string?)replica["spec"]!["service"] == service)];
}
