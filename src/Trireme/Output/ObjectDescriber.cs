using System.Globalization;
using System.Text.Json.Nodes;
using Trireme.Contracts.Serialization;

namespace Trireme.Output;

/// <summary>Prints an object for people: who it is, what is wanted, how it is, and what happened to it.</summary>
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
    private static readonly string[] NotSections = ["apiVersion", "kind", "metadata"];
    private static readonly string[] ConditionHeader = ["  TYPE", "STATUS", "SINCE", "REASON", "MESSAGE"];
    private static readonly string[] EventHeader = ["  LAST SEEN", "COUNT", "TYPE", "REASON", "MESSAGE"];

    public static void Describe(JsonObject json, JsonArray events, DateTimeOffset now, TextWriter output)
    {
        output.WriteLine(ObjectPrinter.NameOf(json));
        var identity = new JsonObject();
        foreach (string field in ShownMetadata)
        {
            if (json["metadata"]?[field] is { } value) identity[field] = value.DeepClone();
        }

        WriteSection("metadata", identity, output);
        foreach ((string name, JsonNode? section) in json)
        {
            if (NotSections.Contains(name) || section is null) continue;
            JsonNode shown = section.DeepClone();
            // Conditions read better as a table below.
            if (shown is JsonObject status) status.Remove("conditions");
            if (shown is not JsonObject { Count: 0 }) WriteSection(name, shown, output);
        }

        WriteConditions(json["status"]?["conditions"] as JsonArray ?? [], now, output);
        WriteEvents(events, now, output);
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

    private static void WriteSection(string name, JsonNode content, TextWriter output)
    {
        output.WriteLine($"{name}:");
        foreach (string line in YamlJson.Write(content).TrimEnd('\n').Split('\n')) output.WriteLine("  " + line);
    }

    private static void WriteConditions(JsonArray conditions, DateTimeOffset now, TextWriter output)
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

        TablePrinter.Print(rows, output);
    }

    private static void WriteEvents(JsonArray events, DateTimeOffset now, TextWriter output)
    {
        if (events.Count == 0)
        {
            output.WriteLine("events: none");
            return;
        }

        output.WriteLine("events:");
        var rows = new List<string[]> { EventHeader };
        foreach (JsonNode? item in events.OrderBy(item => (string?)item!["lastTimestamp"], StringComparer.Ordinal))
        {
            rows.Add(
            [
                "  " + Age((string?)item!["lastTimestamp"], now), ((int?)item["count"] ?? 1).ToString(CultureInfo.InvariantCulture),
                (string?)item["type"] ?? "", (string?)item["reason"] ?? "", (string?)item["message"] ?? "",
            ]);
        }

        TablePrinter.Print(rows, output);
    }
}
