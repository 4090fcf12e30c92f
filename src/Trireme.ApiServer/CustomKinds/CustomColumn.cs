using System.Globalization;
using System.Text.Json;
using Trireme.ApiServer.Tables;
using Trireme.Contracts.Schema;

namespace Trireme.ApiServer.CustomKinds;

/// <summary>A column of a custom kind: a value of another type than the column's is shown as none.</summary>
internal static class CustomColumn
{
    public static TableColumn Of(PrinterColumn column)
    {
        JsonPath path = JsonPath.Parse(column.JsonPath);
        return new TableColumn(column, (writer, document, now) => Write(writer, path.Find(document), column.Type, now));
    }

    private static void Write(Utf8JsonWriter writer, JsonElement value, string type, DateTimeOffset now)
    {
        switch (type, value.ValueKind)
        {
            case (_, JsonValueKind.Undefined or JsonValueKind.Null):
                writer.WriteNullValue();
                break;
            case ("string", JsonValueKind.String):
                writer.WriteStringValue(value.GetString());
                break;
            case ("string", _):
                writer.WriteStringValue(value.GetRawText());
                break;
            case ("integer", JsonValueKind.Number):
                writer.WriteNumberValue((long)value.GetDouble());
                break;
            case ("number", JsonValueKind.Number):
            case ("boolean", JsonValueKind.True or JsonValueKind.False):
                value.WriteTo(writer);
                break;
            case ("date", JsonValueKind.String):
                bool isTime = DateTimeOffset.TryParse(
                    value.GetString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time);
                writer.WriteStringValue(isTime ? HumanDuration.Format(now - time) : "<invalid>");
                break;
            default:
                writer.WriteNullValue();
                break;
        }
    }
}
