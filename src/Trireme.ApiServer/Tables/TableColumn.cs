using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Contracts.Schema;

namespace Trireme.ApiServer.Tables;

/// <summary>A column with its path ready to be followed, or with what writes the cell from the whole object.</summary>
internal sealed class TableColumn(PrinterColumn column, Action<Utf8JsonWriter, JsonElement, DateTimeOffset>? cell = null)
{
    private const string NamePath = ".metadata.name";

    private readonly JsonPath _path = JsonPath.Parse(column.JsonPath);

    /// <summary>The column that leads all tables but those whose kind gives the name another place.</summary>
    public static TableColumn Name { get; } = new(new PrinterColumn("Name", NamePath));

    public PrinterColumn Definition => column;

    /// <summary>True for the column that tools take the object's name from.</summary>
    public bool IsName => column.JsonPath == NamePath;

    /// <summary>What it shows, for people.</summary>
    public string Description { get; } = column.Description ?? (column.JsonPath.Length > 0
        ? "Custom resource definition column (in JSONPath format): " + column.JsonPath
        : "");

    /// <summary>
    /// What the absence of the value means; null where that is nothing. Within something that is left out itself, as scaling may be, it
    /// means nothing.
    /// </summary>
    public JsonNode? Absent { get; init; }

    /// <summary>A column with a text that is made of the whole object.</summary>
    public static TableColumn Text(string name, int priority, Func<JsonElement, DateTimeOffset, string> text) => new(
        new PrinterColumn(name, "", Priority: priority),
        (writer, document, now) => writer.WriteStringValue(text(document, now)));

    /// <summary>A column that says how many members maps have together.</summary>
    public static TableColumn Count(string name, params string[] maps) => new(
        new PrinterColumn(name, ""),
        (writer, document, _) => writer.WriteNumberValue(maps.Sum(map => MembersOf(document, map))));

    /// <summary>Writes the cell: for an absent value what that means, or null; an age for a date.</summary>
    public void Write(Utf8JsonWriter writer, JsonElement document, DateTimeOffset now)
    {
        if (cell is not null)
        {
            cell(writer, document, now);
            return;
        }

        JsonElement value = _path.Find(document);
        bool missing = value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;
        if (column.Type == "date") writer.WriteStringValue(Age(value, now));
        else if (missing && Absent is not null && _path.ParentIsThere(document)) Absent.WriteTo(writer);
        else if (missing) writer.WriteNullValue();
        else if (value.ValueKind is JsonValueKind.Object or JsonValueKind.Array) writer.WriteStringValue(value.GetRawText());
        else value.WriteTo(writer);
    }

    /// <summary>How long ago a time was, as kubectl prints it.</summary>
    public static string Age(JsonElement value, DateTimeOffset now) =>
        value.ValueKind == JsonValueKind.String
        && DateTimeOffset.TryParse(value.GetString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            ? HumanDuration.Format(now - time)
            : "<unknown>";

    private static int MembersOf(JsonElement document, string map) =>
        JsonPath.MemberOf(document, map) is { ValueKind: JsonValueKind.Object } members ? members.GetPropertyCount() : 0;
}
