using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;

namespace Trireme.ApiServer.Requests;

/// <summary>
/// Parses JSON that means one thing to everybody: valid UTF-8, texts whose escapes are characters, and no key twice in one
/// object. Good bodies are read once; a second look is taken only where the first found a fault or an escape.
/// </summary>
internal static class StrictJson
{
    private static readonly JsonDocumentOptions Options =
        new() { MaxDepth = RequestContent.MaxDepth, AllowDuplicateProperties = false };

    /// <exception cref="FormatException">The message says what is wrong.</exception>
    public static JsonNode? Parse(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json)) throw new FormatException("the body could not be read: it is not valid UTF-8");
        try
        {
            if (json.IndexOf("\\u"u8) >= 0) CheckTexts(json);
            return JsonNode.Parse(json, documentOptions: Options);
        }
        catch (JsonException exception)
        {
            throw new FormatException(
                RepeatedKey(json) is { } path
                    ? $"strict decoding error: duplicate field \"{path}\""
                    : $"the body could not be read: {exception.Message}",
                exception);
        }
    }

    /// <summary>Path of the first key that stands twice in one object, or null; also null where the JSON breaks off before one.</summary>
    public static string? RepeatedKey(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = RequestContent.MaxDepth });
        var open = new Stack<HashSet<string>>();
        var path = new Stack<string>();
        string name = "";
        try
        {
            while (reader.Read())
            {
                switch (reader.TokenType)
                {
                    case JsonTokenType.StartObject or JsonTokenType.StartArray:
                        open.Push([]);
                        path.Push(name);
                        name = "";
                        break;
                    case JsonTokenType.EndObject or JsonTokenType.EndArray:
                        open.Pop();
                        path.Pop();
                        name = "";
                        break;
                    case JsonTokenType.PropertyName:
                        name = reader.GetString()!;
                        if (!open.Peek().Add(name)) return Join(path, name);
                        break;
                }
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The parser's own message says more about what else is wrong.
        }

        return null;
    }

    /// <summary>Refuses escapes that name half a character: no text that is stored or shown can hold one.</summary>
    private static void CheckTexts(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = RequestContent.MaxDepth });
        while (reader.Read())
        {
            if (!reader.ValueIsEscaped) continue;
            try
            {
                reader.GetString();
            }
            catch (InvalidOperationException exception)
            {
                throw new FormatException(
                    $"the body could not be read: the text at byte {reader.TokenStartIndex} has half a surrogate pair", exception);
            }
        }
    }

    private static string Join(Stack<string> path, string name)
    {
        var text = new StringBuilder();
        foreach (string part in path.Reverse().Where(part => part.Length > 0)) text.Append(part).Append('.');
        return text.Append(name).ToString();
    }
}
