using System.CommandLine;
using System.Text.Json.Nodes;
using Trireme.Commands;
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
        ObjectDescriber.Describe(json, Table, events, new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero), output, 80);
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
        ObjectDescriber.Describe(json, Table, [], DateTimeOffset.UnixEpoch, output, 80);
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
