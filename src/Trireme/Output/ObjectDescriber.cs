using System.Globalization;
using System.Text.Json.Nodes;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Fleet.Replicas;

namespace Trireme.Output;

/// <summary>
/// Prints an object for people, what tells of trouble first: its conditions, the columns of its kind, how engines ended, what happened;
/// then what is wanted, how it is and who it is.
/// </summary>
internal static class ObjectDescriber
{
    private static readonly string[] ShownMetadata = [
        "name",
        "namespace",
        "labels",
        "annotations",
        "creationTimestamp",
        "deletionTimestamp",
        "finalizers",
        "generation"];
    /// <summary>Lines of a section: about what a screen holds beside the rest.</summary>
    private const int SectionLinesMax = 24;

    /// <summary>Events that are shown, the newest.</summary>
    private const int EventsMax = 10;

    private static readonly string[] NotSections = ["apiVersion", "kind", "metadata"];
    private static readonly string[] ConditionHeader = ["  TYPE", "STATUS", "SINCE", "REASON", "MESSAGE"];
    private static readonly string[] EventHeader = ["  LAST SEEN", "COUNT", "TYPE", "REASON", "MESSAGE"];

    /// <param name="described">The object with what belongs to it.</param>
    /// <param name="now">What ages are counted from.</param>
    /// <param name="output">Where to.</param>
    /// <param name="width">Columns of the output.</param>
    public static void Describe(DescribedObject described, DateTimeOffset now, TextWriter output, int width)
    {
        JsonObject json = described.Json;
        output.WriteLine(ObjectPrinter.NameOf(json));
        WriteConditions(json["status"]?["conditions"] as JsonArray ?? [], now, output, width);
        WriteSection("summary", Summary(described.Table), output, width);
        if (LogsOf(json) is { } logs) output.WriteLine($"logs: {logs}");
        if (SelectorOf(json) is { } selector) output.WriteLine($"selector: {selector}");
        ReplicaExits.Write(described.Replicas, now, output, width);
        WriteEvents(described.Events, now, output, width);
        foreach ((string name, JsonNode? section) in json)
        {
            if (NotSections.Contains(name) || section is null) continue;
            JsonNode shown = DescribedSection.Of(json, name);
            // Conditions stand above, as a table.
            if (shown is JsonObject status) status.Remove("conditions");
            WriteSection(name, shown, output, width);
        }

        WriteSection("metadata", Identity(json), output, width);
    }

    private static JsonObject Identity(JsonObject json)
    {
        var identity = new JsonObject();
        foreach (string field in ShownMetadata)
        {
            if (json["metadata"]?[field] is { } value) identity[field] = value.DeepClone();
        }

        return identity;
    }

    /// <summary>The command that shows what the engines of an object print; null for kinds without engines.</summary>
    private static string? LogsOf(JsonObject json)
    {
        if ((string?)json["kind"] is not ("ModelService" or "ModelReplica")) return null;
        return LogsHint.Command((string?)json["metadata"]?["name"] ?? "", (string?)json["metadata"]?["namespace"]);
    }

    /// <summary>What finds the replicas of a service and their Pods; null for other kinds.</summary>
    private static string? SelectorOf(JsonObject json) =>
        (string?)json["kind"] == "ModelService" ? NameLabel.SelectorOf((string?)json["metadata"]?["name"] ?? "") : null;

    /// <summary>The columns that get shows, but for the name, which stands above.</summary>
    private static JsonObject Summary(JsonObject table)
    {
        var summary = new JsonObject();
        JsonArray columns = table["columnDefinitions"] as JsonArray ?? [];
        JsonArray cells = table["rows"] is JsonArray { Count: > 0 } rows ? rows[0]!["cells"]!.AsArray() : [];
        for (int i = 0; i < Math.Min(columns.Count, cells.Count); i++)
        {
            string name = ((string)columns[i]!["name"]!).ToLowerInvariant();
            bool isShown = (int?)columns[i]!["priority"] is null or 0 && name != "name";
            if (isShown && cells[i] is { } cell) summary[name] = cell.DeepClone();
        }

        return summary;
    }

    /// <summary>An age as kubectl shows it: 45s, 12m, 3h, 4d.</summary>
    public static string Age(string? timestamp, DateTimeOffset now)
    {
        if (!DateTimeOffset.TryParse(timestamp, CultureInfo.InvariantCulture, out DateTimeOffset since)) return "";
        TimeSpan age = now - since;
        return age switch
        {
            _ when age < TimeSpan.Zero => "0s",
            _ when age.TotalMinutes < 2 => $"{(int)age.TotalSeconds}s",
            _ when age.TotalHours < 2 => $"{(int)age.TotalMinutes}m",
            _ when age.TotalDays < 2 => $"{(int)age.TotalHours}h",
            _ => $"{(int)age.TotalDays}d",
        };
    }

    /// <summary>Long texts go on under their beginning; a word that is longer than a line, such as a digest, stays whole.</summary>
    private static void WriteSection(string name, JsonNode content, TextWriter output, int width)
    {
        if (content is JsonObject { Count: 0 }) return;
        output.WriteLine($"{name}:");
        var lines = new List<string>();
        foreach (string line in YamlJson.Write(content).TrimEnd('\n').Split('\n'))
        {
            string text = line.TrimStart(' ');
            string indent = new(' ', line.Length - text.Length + 2);
            IReadOnlyList<string> parts = indent.Length + text.Length <= width
                ? [text]
                : TextWrap.Lines(text, Math.Max(1, width - indent.Length - 2), breakWords: false);
            for (int i = 0; i < parts.Count; i++) lines.Add($"{indent}{(i == 0 ? "" : "  ")}{parts[i]}");
        }

        // To leave a line or two out helps nobody.
        int shown = lines.Count > SectionLinesMax + 2 ? SectionLinesMax : lines.Count;
        foreach (string line in lines.Take(shown)) output.WriteLine(line);
        if (shown < lines.Count) output.WriteLine($"  ... {lines.Count - shown} more lines; {DescribedSection.Rest}");
    }

    private static void WriteConditions(JsonArray conditions, DateTimeOffset now, TextWriter output, int width)
    {
        if (conditions.Count == 0) return;
        output.WriteLine("conditions:");
        var rows = new List<string[]> { ConditionHeader };
        foreach (JsonNode? condition in conditions)
        {
            rows.Add(
            [
                "  " + (string?)condition!["type"], (string?)condition["status"] ?? "", Age((string?)condition["lastTransitionTime"], now),
                (string?)condition["reason"] ?? "", (string?)condition["message"] ?? "",
            ]);
        }

        TablePrinter.PrintWithin(rows, output, width);
    }

    private static void WriteEvents(JsonArray events, DateTimeOffset now, TextWriter output, int width)
    {
        if (events.Count == 0)
        {
            output.WriteLine("events: none");
            return;
        }

        int earlier = Math.Max(0, events.Count - EventsMax);
        output.WriteLine(earlier == 0 ? "events:" : $"events: the newest {EventsMax} of {events.Count}; {DescribedSection.Rest}");
        var rows = new List<string[]> { EventHeader };
        foreach (JsonNode? item in events.OrderBy(item => (string?)item!["lastTimestamp"], StringComparer.Ordinal).Skip(earlier))
        {
            rows.Add(
            [
                "  " + Age((string?)item!["lastTimestamp"], now), ((int?)item["count"] ?? 1).ToString(CultureInfo.InvariantCulture),
                (string?)item["type"] ?? "", (string?)item["reason"] ?? "", (string?)item["message"] ?? "",
            ]);
        }

        TablePrinter.PrintWithin(rows, output, width);
    }
}

/// <summary>An object with what is shown beside it.</summary>
/// <param name="Json">The object.</param>
/// <param name="Table">The server's table of it, whose columns are the summary.</param>
/// <param name="Events">What happened to it.</param>
/// <param name="Replicas">Those of a service; none for other kinds.</param>
internal sealed record DescribedObject(JsonObject Json, JsonObject Table, JsonArray Events, IReadOnlyList<ModelReplica> Replicas);
