using System.Text.Json.Nodes;
using Trireme.Contracts.Serialization;
using Trireme.Settings;

namespace Trireme.Output;

/// <summary>Prints settings: their values with origins, or what they mean.</summary>
internal static class SettingsPrinter
{
    /// <summary>A row a line where a program may read it, and broken at the edge where a person does.</summary>
    public static void PrintTable(LoadedSettings settings, TextWriter output)
    {
        var rows = new List<string[]> { (string[])["KEY", "VALUE", "ORIGIN"] };
        foreach (Setting setting in SettingsCatalog.All)
        {
            rows.Add([setting.Key, Shown(setting, settings.ValueOf(setting)), settings.OriginOf(setting)]);
        }

        TablePrinter.PrintWithin(rows, output, TablePrinter.TerminalColumns);
    }

    public static void PrintJson(LoadedSettings settings, TextWriter output)
    {
        var items = new JsonArray();
        foreach (Setting setting in SettingsCatalog.All)
        {
            items.Add(new JsonObject
            {
                ["key"] = setting.Key,
                ["value"] = settings.ValueOf(setting),
                ["default"] = setting.Read(PlatformSettings.Default),
                ["origin"] = settings.OriginOf(setting),
            });
        }

        output.WriteLine(items.ToJsonString(ResourceJson.Indented));
    }

    /// <summary>A settings file that says the same, with origins as comments; settings that are left open are comments.</summary>
    public static void PrintYaml(LoadedSettings settings, TextWriter output)
    {
        string[] open = [];
        foreach (Setting setting in SettingsCatalog.All)
        {
            string[] sections = setting.Key.Split('.')[..^1];
            int shared = open.Zip(sections).TakeWhile(pair => pair.First == pair.Second).Count();
            for (int depth = shared; depth < sections.Length; depth++) output.WriteLine($"{Indent(depth)}{sections[depth]}:");
            open = sections;
            string name = setting.Key.Split('.')[^1];
            JsonNode? value = settings.ValueOf(setting);
            output.WriteLine(value is null
                ? $"{Indent(sections.Length)}# {name}: {setting.Unset}"
                : $"{Indent(sections.Length)}{name}: {Scalar(value)} # {settings.OriginOf(setting)}");
        }
    }

    /// <summary>What each setting means, for people.</summary>
    public static void Explain(IReadOnlyList<Setting> settings, TextWriter output)
    {
        foreach (Setting setting in settings)
        {
            string option = setting.Option is { } own ? $"{own}, " : "";
            output.WriteLine(setting.Key);
            Paragraph("", setting.Description);
            Paragraph("value    ", $"{setting.Rule}, such as {setting.Examples}");
            Paragraph("default  ", Shown(setting, setting.Read(PlatformSettings.Default)));
            Paragraph("also by  ", $"{option}--set {setting.Key}={setting.Placeholder}, {setting.Variable}");
            if (settings.Count > 1) output.WriteLine();
        }

        void Paragraph(string name, string text)
        {
            int width = TextWrap.Columns - name.Length - 2;
            IReadOnlyList<string> lines = text.Length > 0 ? TextWrap.Lines(text, width, breakWords: false) : [""];
            for (int i = 0; i < lines.Count; i++)
            {
                output.WriteLine($"  {(i == 0 ? name : new string(' ', name.Length))}{lines[i]}".TrimEnd());
            }
        }
    }

    /// <summary>The same for programs.</summary>
    public static void ExplainJson(IReadOnlyList<Setting> settings, TextWriter output)
    {
        var items = new JsonArray();
        foreach (Setting setting in settings)
        {
            items.Add(new JsonObject
            {
                ["key"] = setting.Key,
                ["description"] = setting.Description,
                ["value"] = setting.Rule,
                ["default"] = setting.Read(PlatformSettings.Default),
                ["option"] = setting.Option,
                ["variable"] = setting.Variable,
            });
        }

        output.WriteLine(items.ToJsonString(ResourceJson.Indented));
    }

    /// <summary>The table of the documentation.</summary>
    public static void PrintMarkdown(IReadOnlyList<Setting> settings, TextWriter output)
    {
        output.WriteLine("| key | default | value | what |");
        output.WriteLine("|---|---|---|---|");
        foreach (Setting setting in settings)
        {
            string option = setting.Option is { } own ? $" Also `{own}`." : "";
            string shown = Shown(setting, setting.Read(PlatformSettings.Default));
            string standard = setting.Unset is null ? $"`{shown}`" : shown;
            output.WriteLine($"| `{setting.Key}` | {standard} | {setting.Rule} | {setting.Description}{option} |");
        }
    }

    private static string Shown(Setting setting, JsonNode? value) => value switch
    {
        null => setting.Unset!,
        JsonArray => value.ToJsonString(),
        _ => value.ToString(),
    };

    private static string Scalar(JsonNode value) =>
        value is JsonArray ? value.ToJsonString() : YamlJson.Write(value.DeepClone()).TrimEnd('\n');

    private static string Indent(int depth) => new(' ', depth * 2);
}
