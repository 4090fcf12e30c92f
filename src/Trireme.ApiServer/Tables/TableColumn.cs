using System.Globalization;
using System.Text.Json;
using Trireme.Contracts.Schema;

namespace Trireme.ApiServer.Tables;

/// <summary>A column with its path ready to be followed, or with the text that is made of the whole object.</summary>
internal sealed class TableColumn(PrinterColumn column, Func<JsonElement, DateTimeOffset, string>? text = null)
{
    private readonly JsonPath _path = JsonPath.Parse(column.JsonPath);

    public PrinterColumn Definition => column;

    /// <summary>Writes the cell: null where there is no value, an age for a date.</summary>
    public void Write(Utf8JsonWriter writer, JsonElement document, DateTimeOffset now)
    {
        if (text is not null)
        {
            writer.WriteStringValue(text(document, now));
            return;
        }

        JsonElement value = _path.Find(document);
        bool missing = value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;
        if (column.Type == "date") writer.WriteStringValue(Age(value, now));
        else if (missing) writer.WriteNullValue();
        else if (value.ValueKind is JsonValueKind.Object or JsonValueKind.Array) writer.WriteStringValue(value.GetRawText());
        else value.WriteTo(writer);
    }

    private static string Age(JsonElement value, DateTimeOffset now) =>
        value.ValueKind == JsonValueKind.String
        && DateTimeOffset.TryParse(value.GetString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            ? HumanDuration.Format(now - time)
            : "<unknown>";
}
