using System.Globalization;
using System.Text.Json;
using Trireme.Contracts.Schema;

namespace Trireme.ApiServer.Tables;

/// <summary>What the two groups that serve Events call those parts of one that are not called the same in both.</summary>
internal sealed record EventNames(
    string About, string Message, string First, string Last, string Count, string Source, string Reporter)
{
    public static EventNames Core { get; } =
        new("involvedObject", "message", "firstTimestamp", "lastTimestamp", "count", "source", "reportingComponent");

    public static EventNames Events { get; } = new(
        "regarding",
        "note",
        "deprecatedFirstTimestamp",
        "deprecatedLastTimestamp",
        "deprecatedCount",
        "deprecatedSource",
        "reportingController");

    private string[] All => [About, Message, First, Last, Count, Source, Reporter];

    /// <summary>The names of the other group by those of this one.</summary>
    public Dictionary<string, string> To(EventNames other) =>
        All.Zip(other.All).ToDictionary(static names => names.First, static names => names.Second);
}

/// <summary>
/// The columns of kubectl get events, made as Kubernetes makes them: an event that stands for a series is as old as its last one, and one
/// without a time of its own is as old as its eventTime.
/// </summary>
internal static class EventColumns
{
    public static IReadOnlyList<TableColumn> Of(EventNames names) =>
    [
        TableColumn.Text("Last Seen", 0, (value, now) => TableColumn.Age(LastSeen(value, names), now)),
        new(new PrinterColumn("Type", ".type")),
        new(new PrinterColumn("Reason", ".reason")),
        TableColumn.Text("Object", 0, (value, _) => ObjectOf(JsonPath.MemberOf(value, names.About))),
        TableColumn.Text("Subobject", 1, (value, _) => Text(JsonPath.MemberOf(value, names.About), "fieldPath")),
        TableColumn.Text("Source", 1, (value, _) => SourceOf(value, names)),
        TableColumn.Text("Message", 0, (value, _) => Text(value, names.Message).Trim()),
        TableColumn.Text("First Seen", 1, (value, now) => TableColumn.Age(FirstSeen(value, names), now)),
        TableColumn.Text("Count", 1, (value, _) => CountOf(value, names)),
        new(new PrinterColumn("Name", ".metadata.name", Priority: 1)),
    ];

    private static JsonElement FirstSeen(JsonElement value, EventNames names) =>
        Either(JsonPath.MemberOf(value, names.First), JsonPath.MemberOf(value, "eventTime"));

    private static JsonElement LastSeen(JsonElement value, EventNames names)
    {
        JsonElement last = Either(JsonPath.MemberOf(value, names.Last), FirstSeen(value, names));
        return Either(JsonPath.MemberOf(JsonPath.MemberOf(value, "series"), "lastObservedTime"), last);
    }

    private static string ObjectOf(JsonElement about)
    {
        string kind = Text(about, "kind").ToLowerInvariant();
        string name = Text(about, "name");
        return name.Length > 0 ? $"{kind}/{name}" : kind;
    }

    private static string SourceOf(JsonElement value, EventNames names)
    {
        JsonElement source = JsonPath.MemberOf(value, names.Source);
        string component = Text(source, "component") is { Length: > 0 } seen ? seen : Text(value, names.Reporter);
        string host = Text(source, "host");
        return host.Length > 0 ? $"{component}, {host}" : component;
    }

    private static string CountOf(JsonElement value, EventNames names)
    {
        JsonElement count = Either(JsonPath.MemberOf(JsonPath.MemberOf(value, "series"), "count"), JsonPath.MemberOf(value, names.Count));
        long number = count.ValueKind == JsonValueKind.Number && count.TryGetInt64(out long read) ? read : 0;
        return Math.Max(number, 1).ToString(CultureInfo.InvariantCulture);
    }

    private static JsonElement Either(JsonElement first, JsonElement second) =>
        first.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null ? second : first;

    private static string Text(JsonElement map, string name) =>
        JsonPath.MemberOf(map, name) is { ValueKind: JsonValueKind.String } text ? text.GetString()! : "";
}
