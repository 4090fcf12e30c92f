using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Commands;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Output;
using Trireme.Settings;
using Trireme.Tests.Commands;

namespace Trireme.Tests.Output;

/// <summary>What people read fits a terminal of 80 columns.</summary>
[Collection("commands")]
public sealed class WidthTests
{
    public static TheoryData<string> Paths =>
        [.. UsageErrorsTests.Leaves(TriremeCommand.Create(), ""), "rollout", "model", "key", "config"];

    [Theory]
    [MemberData(nameof(Paths))]
    public void A_help_text_fits(string path)
    {
        var output = new StringWriter();
        HelpPrinter.Print(UsageErrorsTests.Find(path), output);
        string text = AssertFits(output);
        Assert.Contains($"trireme {path}", text, StringComparison.Ordinal);
        Assert.Contains("--help", text, StringComparison.Ordinal);
        foreach (Option option in UsageErrorsTests.Find(path).Options) Assert.Contains(option.Name, text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_help_of_all_fits_and_names_every_command()
    {
        RootCommand root = TriremeCommand.Create();
        var output = new StringWriter();
        HelpPrinter.Print(root, output);
        string text = AssertFits(output);
        foreach (Command command in root.Subcommands) Assert.Contains($"  {command.Name} ", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Explained_settings_fit()
    {
        var output = new StringWriter();
        SettingsPrinter.Explain(SettingsCatalog.All, output);
        AssertFits(output);
    }

    [Fact]
    public void A_table_breaks_its_widest_columns_and_loses_nothing()
    {
        string name = new('n', 90), text = string.Join(' ', Enumerable.Range(0, 40).Select(i => $"word{i}"));
        var output = new StringWriter();
        TablePrinter.PrintWithin([["NAME", "READY", "MESSAGE"], [name, "1", text], ["b", "2", "short"]], output, 80);
        string table = AssertFits(output);
        Assert.Equal(90, table.Count(letter => letter == 'n'));
        for (int i = 0; i < 40; i++) Assert.Contains($"word{i}", table, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_for_a_program_keeps_each_row_on_a_line()
    {
        var output = new StringWriter();
        TablePrinter.PrintWithin([["NAME", "MESSAGE"], ["a", new string('x', 200)]], output, width: null);
        Assert.Equal(2, Lines(output).Length);
    }

    [Fact]
    public void A_description_has_its_conditions_first_and_fits()
    {
        var json = (JsonObject)JsonNode.Parse(
            """
            {"apiVersion":"trireme.dev/v1alpha1","kind":"ModelService","metadata":{"name":"tiny","namespace":"team","generation":3},
             "spec":{"release":"tiny-v1","rollout":{"gates":{"qualityPrompts":["LONG"]}}},
             "status":{"readyReplicas":1,"conditions":[{"type":"Available","status":"True","reason":"ReplicasReady","message":"LONG",
             "lastTransitionTime":"2026-01-01T00:00:00Z"}]}}
            """.Replace("LONG", string.Join(' ', Enumerable.Repeat("words", 60)), StringComparison.Ordinal))!;
        var events = new JsonArray(new JsonObject { ["type"] = "Warning", ["reason"] = "Ended", ["message"] = new string('m', 300) });
        var output = new StringWriter();
        var now = new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero);
        ObjectDescriber.Describe(new DescribedObject(json, Table, events, []), now, output, 80);
        string[] lines = AssertFits(output).Split('\n');
        Assert.Equal(["modelservice.trireme.dev/tiny", "conditions:"], lines[..2]);
        int logs = Array.IndexOf(lines, "logs: trireme logs tiny -n team");
        Assert.InRange(logs, 3, Array.IndexOf(lines, "metadata:"));
    }

    [Fact]
    public void A_description_begins_with_a_summary_and_cuts_long_lists()
    {
        string[] prompts = [.. Enumerable.Range(1, 64).Select(i => $"prompt {i} {string.Join(' ', Enumerable.Repeat("words", 60))}")];
        var gates = new JsonObject { ["qualityPrompts"] = new JsonArray([.. prompts.Select(text => JsonValue.Create(text))]) };
        var rollout = new JsonObject { ["gates"] = gates };
        var history = new JsonArray([.. Enumerable.Range(1, 10).Select(i => new JsonObject { ["revision"] = i })]);
        var json = new JsonObject
        {
            ["apiVersion"] = "trireme.dev/v1alpha1",
            ["kind"] = "ModelService",
            ["metadata"] = new JsonObject { ["name"] = "tiny", ["namespace"] = "default" },
            ["spec"] = new JsonObject { ["rollout"] = rollout },
            ["status"] = new JsonObject { ["history"] = history, ["rollout"] = new JsonObject { ["plan"] = rollout.DeepClone() } },
        };
        var output = new StringWriter();
        ObjectDescriber.Describe(new DescribedObject(json, Table, [], []), DateTimeOffset.UnixEpoch, output, 80);
        string text = AssertFits(output);
        Assert.Contains("summary:\n  release: tiny-v1\n  ready: 2\n", text, StringComparison.Ordinal);
        Assert.Contains("prompt 3 ", text, StringComparison.Ordinal);
        Assert.DoesNotContain("prompt 4 ", text, StringComparison.Ordinal);
        Assert.Contains("characters)", text, StringComparison.Ordinal);
        Assert.Equal(2, text.Split("and 61 more; --output yaml shows all").Length);
        Assert.Contains("plan: as spec.rollout says", text, StringComparison.Ordinal);

        // Of a history the newest tell most.
        Assert.Contains("7 earlier; --output yaml shows all", text, StringComparison.Ordinal);
        Assert.Contains("revision: 10", text, StringComparison.Ordinal);
        Assert.DoesNotContain("revision: 7\n", text, StringComparison.Ordinal);
        Assert.InRange(Lines(output).Length, 20, 50);
    }

    /// <summary>Who looks at night finds conditions, ends of engines and events first, whatever else an object holds.</summary>
    [Fact]
    public void What_tells_of_trouble_stands_before_what_is_long_and_each_part_has_a_bound()
    {
        var many = new JsonObject([.. Enumerable.Range(1, 90).Select(i => KeyValuePair.Create($"field{i}", (JsonNode?)i))]);
        var json = new JsonObject
        {
            ["apiVersion"] = "trireme.dev/v1alpha1",
            ["kind"] = "ModelService",
            ["metadata"] = new JsonObject { ["name"] = "tiny", ["annotations"] = many.DeepClone() },
            ["spec"] = many.DeepClone(),
            ["status"] = many.DeepClone(),
        };
        json["status"]!["conditions"] = new JsonArray(new JsonObject { ["type"] = "Available", ["status"] = "False" });
        var events = new JsonArray([.. Enumerable.Range(10, 50).Select(i => new JsonObject
        {
            ["lastTimestamp"] = $"2026-01-01T00:00:{i}Z", ["reason"] = $"Reason{i}",
        })]);
        var replica = new ModelReplica
        {
            Metadata = new ObjectMeta { Name = "tiny-1" },
            Spec = new ModelReplicaSpec { Service = "tiny", Release = "v1", ContentHash = "h", Model = ArtifactSource.OfFile("/m") },
            Status = new ModelReplicaStatus
            {
                LastTermination = new ReplicaTermination { FinishedAt = DateTimeOffset.UnixEpoch, Reason = "OutOfMemory" },
            },
        };
        var output = new StringWriter();
        ObjectDescriber.Describe(new DescribedObject(json, Table, events, [replica]), DateTimeOffset.UnixEpoch, output, 80);
        string[] lines = AssertFits(output).Split('\n');
        string[] parts = [.. lines.Where(line => line.Length > 0 && line[0] != ' ').Select(line => line.Split(':')[0])];
        Assert.Equal(
            [
                "modelservice.trireme.dev/tiny", "conditions", "summary", "logs", "selector", "replica exits", "events", "spec", "status",
                "metadata",
            ],
            parts);
        Assert.Contains("events: the newest 10 of 50; --output yaml shows all", lines);
        Assert.Contains("Reason59", lines[Array.IndexOf(lines, "spec:") - 1], StringComparison.Ordinal);
        Assert.DoesNotContain(lines, line => line.Contains("Reason49", StringComparison.Ordinal));
        Assert.Equal(2, lines.Count(line => line == "  ... 66 more lines; --output yaml shows all"));
        Assert.InRange(lines.Length, 60, 120);
    }

    /// <summary>The phase says only that a move has ended; its record says how.</summary>
    [Fact]
    public void A_move_that_was_rolled_back_stays_so_when_an_undo_settles_it()
    {
        var v1 = new ReleaseRef { Name = "v1", ContentHash = "a" };
        var v2 = new ReleaseRef { Name = "v2", ContentHash = "b" };
        DateTimeOffset start = DateTimeOffset.UnixEpoch;
        var service = new ModelService
        {
            Metadata = new ObjectMeta { Name = "tiny" },
            Spec = new ModelServiceSpec { Release = "v1" },
            Status = new ModelServiceStatus
            {
                Rollout = new RolloutStatus
                {
                    Phase = RolloutPhase.Superseded, From = v1, To = v2, Plan = new RolloutSpec(), Revision = 2, StartedAt = start,
                },
                History =
                [
                    new RolloutRecord
                    {
                        Revision = 2, To = v2, Outcome = RolloutPhase.RolledBack, StartedAt = start, EndedAt = start, Evidence = "worse",
                    },
                ],
            },
        };
        var json = (JsonObject)JsonSerializer.SerializeToNode(service, ResourceJson.Options)!;
        Assert.Equal("RolledBack", (string?)DescribedSection.Of(json, "status")["rollout"]!["phase"]);
        service = service with { Status = service.Status! with { History = [] } };
        json = (JsonObject)JsonSerializer.SerializeToNode(service, ResourceJson.Options)!;
        Assert.Equal("Superseded", (string?)DescribedSection.Of(json, "status")["rollout"]!["phase"]);
    }

    /// <summary>A server's table of one service.</summary>
    private static JsonObject Table => (JsonObject)JsonNode.Parse(
        """
        {"columnDefinitions":[{"name":"Name","priority":0},{"name":"Release","priority":0},{"name":"Ready","priority":0},
                              {"name":"Message","priority":1}],
         "rows":[{"cells":["tiny","tiny-v1",2,"long"]}]}
        """)!;

    private static string AssertFits(StringWriter output)
    {
        Assert.All(Lines(output), line => Assert.True(line.Length <= 80, $"{line.Length} columns: {line}"));
        return output.ToString();
    }

    private static string[] Lines(StringWriter output) => output.ToString().TrimEnd('\n').Split('\n');
}
