using System.Text.Json.Nodes;
using Trireme.Output;
using Trireme.Settings;
using Trireme.Testing;

namespace Trireme.Tests.Settings;

public sealed class SettingsPrinterTests
{
    private static readonly LoadedSettings Example = LoadedSettings.Combine(
    [
        Value("gateway.port", "9000"), Value("modelRoots", "/srv/a b:/srv/c"), Value("gateway.tls.certificateFile", "/etc/a.pem"),
        Value("gateway.tls.keyFile", "/etc/a: key.pem"), Value("telemetry.retention", "36h"), Value("gateway.retryBudgetRatio", "0.125"),
        Value("log.file.maxBytes", "1500000"), Value("samples", "false"), Value("dashboard.port", "0"), Value("dataDir", "/data"),
    ]).Checked();

    [Fact]
    public void The_yaml_is_a_settings_file_of_the_same_values()
    {
        string yaml = Print(SettingsPrinter.PrintYaml);
        (IReadOnlyList<SettingValue> values, IReadOnlyList<string> problems) = SettingsFile.Parse("t.yaml", yaml, "/");
        LoadedSettings read = LoadedSettings.Combine(values, problems).Checked();
        Assert.All(
            SettingsCatalog.All,
            setting => Assert.Equal(Example.ValueOf(setting)?.ToJsonString(), read.ValueOf(setting)?.ToJsonString()));
        Assert.Contains("\n  port: 9000 # a test\n", yaml, StringComparison.Ordinal);
        Assert.Contains("\n  connectTimeout: 2s # default\n", yaml, StringComparison.Ordinal);
    }

    [Fact]
    public void The_json_has_value_default_and_origin_of_every_setting()
    {
        JsonArray items = JsonNode.Parse(Print(SettingsPrinter.PrintJson))!.AsArray();
        Assert.Equal(SettingsCatalog.All.Select(setting => setting.Key), items.Select(item => (string)item!["key"]!));
        JsonNode port = items.Single(item => (string)item!["key"]! == "gateway.port")!;
        Assert.Equal((9000, 8080, "a test"), ((int)port["value"]!, (int)port["default"]!, (string)port["origin"]!));
    }

    [Fact]
    public void The_table_has_a_line_for_every_setting()
    {
        string[] lines = Print(SettingsPrinter.PrintTable).TrimEnd().Split('\n');
        Assert.Equal(SettingsCatalog.All.Count + 1, lines.Length);
        Assert.Contains(lines, line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is ["gateway.port", "9000", "a", "test"]);
    }

    [Fact]
    public void The_page_lists_the_settings_as_the_program_does()
    {
        var expected = new StringWriter { NewLine = "\n" };
        SettingsPrinter.PrintMarkdown(SettingsCatalog.All, expected);
        string page = File.ReadAllText(Repository.PathOf("docs", "configuration.md"));
        int table = page.LastIndexOf("| key |", StringComparison.Ordinal);
        Assert.True(
            table >= 0 && page[table..] == expected.ToString(),
            "docs/configuration.md must end with the output of: trireme config explain -o markdown");
    }

    [Fact]
    public void Settings_that_a_page_or_a_sample_shows_are_right()
    {
        string page = File.ReadAllText(Repository.PathOf("docs", "configuration.md"));
        string[] parts = page.Split("```yaml trireme.yaml\n");
        string[] blocks = [.. parts.Skip(1).Select(part => part[..part.IndexOf("```", StringComparison.Ordinal)])];
        Assert.NotEmpty(blocks);
        foreach (string text in blocks.Append(File.ReadAllText(Repository.PathOf("samples", "settings", "server.yaml"))))
        {
            (IReadOnlyList<SettingValue> values, IReadOnlyList<string> problems) = SettingsFile.Parse("t.yaml", text, "/");
            Assert.Empty(LoadedSettings.Combine(values, problems).Problems);
            Assert.NotEmpty(values);
        }
    }

    [Fact]
    public void An_explanation_says_every_way_to_set_it()
    {
        var output = new StringWriter { NewLine = "\n" };
        SettingsPrinter.Explain([SettingsCatalog.Find("gateway.port")!], output);
        Assert.Equal(
            """
            gateway.port
              Port of the gateway; 0 takes a free one.
              value    a whole number from 0 to 65535, such as 8080
              default  8080
              also by  --port, --set gateway.port=PORT, TRIREME_GATEWAY_PORT

            """,
            output.ToString());
    }

    private static string Print(Action<LoadedSettings, TextWriter> print)
    {
        var output = new StringWriter { NewLine = "\n" };
        print(Example, output);
        return output.ToString();
    }

    private static SettingValue Value(string key, string text) => new() { Key = key, Text = text, Origin = "a test", Folder = "/" };
}
