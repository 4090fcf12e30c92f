using System.Text;
using System.Text.Json;

namespace Trireme.ApiServer.Resources;

/// <summary>Reads single values out of an object's text. A tree of the whole object costs tens of times as much.</summary>
internal static class ObjectText
{
    /// <summary>The value at a path as text; null where there is none.</summary>
    public static string? Find(ReadOnlySpan<byte> json, params ReadOnlySpan<string> path) =>
        TryFind(json, path, out Utf8JsonReader value) ? Text(ref value) : null;

    /// <summary>The members of the object at a path with their values as text; empty where there is none.</summary>
    public static Dictionary<string, string> Members(ReadOnlySpan<byte> json, params ReadOnlySpan<string> path)
    {
        var members = new Dictionary<string, string>();
        if (!TryFind(json, path, out Utf8JsonReader reader) || reader.TokenType != JsonTokenType.StartObject) return members;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            members[name] = Text(ref reader);
        }

        return members;
    }

    private static bool TryFind(ReadOnlySpan<byte> json, ReadOnlySpan<string> path, out Utf8JsonReader value)
    {
        value = new Utf8JsonReader(json);
        value.Read();
        foreach (string part in path)
        {
            if (value.TokenType != JsonTokenType.StartObject || !MoveTo(ref value, part)) return false;
        }

        return value.TokenType != JsonTokenType.Null;
    }

    /// <summary>Moves from the start of an object to the value of one of its members.</summary>
    private static bool MoveTo(ref Utf8JsonReader reader, string member)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool found = reader.ValueTextEquals(member);
            reader.Read();
            if (found) return true;
            reader.Skip();
        }

        return false;
    }

    /// <summary>A text as it is, anything else as it is written; the reader is at its end afterwards.</summary>
    private static string Text(ref Utf8JsonReader value)
    {
        switch (value.TokenType)
        {
            case JsonTokenType.String:
                return value.GetString()!;
            case JsonTokenType.Null:
                return "";
            case JsonTokenType.StartObject or JsonTokenType.StartArray:
                value.Skip();
                return "";
            default:
                return Encoding.UTF8.GetString(value.ValueSpan);
        }
    }
}
