using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Validation;

namespace Trireme.ApiServer.Requests;

/// <summary>
/// Parses JSON that means one thing to everybody: valid UTF-8, texts whose escapes are characters, and no key twice in one
/// object. Good bodies are read once; a second look is taken only where the first found a fault or an escape.
/// </summary>
internal static class StrictJson
{
    private static readonly JsonDocumentOptions Options =
        new() { MaxDepth = RequestContent.MaxDepth, AllowDuplicateProperties = false };

    private static readonly JsonDocumentOptions Lenient = new() { MaxDepth = RequestContent.MaxDepth };

    /// <param name="json">The text.</param>
    /// <param name="repeated">Told the path of each key that stands twice, of which the last counts; null to refuse such texts.</param>
    /// <exception cref="FormatException">The message says what is wrong.</exception>
    public static JsonNode? Parse(ReadOnlySpan<byte> json, Action<string>? repeated = null)
    {
        if (!Utf8.IsValid(json)) throw new FormatException("the body could not be read: it is not valid UTF-8");
        try
        {
            if (json.IndexOf("\\u"u8) >= 0) CheckTexts(json);
            return JsonNode.Parse(json, documentOptions: Options);
        }
        catch (JsonException exception)
        {
            IReadOnlyList<string> paths = RepeatedKeys(json);
            if (paths.Count > 0 && repeated is not null)
            {
                foreach (string path in paths) repeated(path);
                return LastOfEach(json);
            }

            throw new FormatException(
                paths.Count > 0
                    ? "strict decoding error: " + string.Join(", ", paths.Select(static path => $"duplicate field \"{path}\""))
                    : $"the body could not be read: {exception.Message}",
                exception);
        }
    }

    /// <summary>Paths of the keys that stand twice in one object, as far as the JSON can be read and as many as are told.</summary>
    public static IReadOnlyList<string> RepeatedKeys(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = RequestContent.MaxDepth });
        var open = new Stack<HashSet<string>>();
        var path = new Stack<string>();
        var found = new List<string>();
        string name = "";
        try
        {
            while (found.Count < FieldErrors.Max && reader.Read())
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
                        if (!open.Peek().Add(name)) found.Add(Join(path, name));
                        break;
                }
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The parser's own message says more about what else is wrong.
        }

        return found;
    }

    /// <summary>The tree of a text with repeated keys; each has its last value, as readers take it that do not look for them.</summary>
    private static JsonNode? LastOfEach(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = Lenient.MaxDepth });
            using JsonDocument document = JsonDocument.ParseValue(ref reader);
            if (reader.Read()) throw new FormatException("the body could not be read: something follows the object");
            return Tree(document.RootElement);
        }
        catch (JsonException exception)
        {
            throw new FormatException($"the body could not be read: {exception.Message}", exception);
        }
    }

    [BoundedDepth("JsonDocument.ParseValue refuses more than RequestContent.MaxDepth levels")]
    private static JsonNode? Tree(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var map = new JsonObject();
                foreach (JsonProperty member in element.EnumerateObject()) map[member.Name] = Tree(member.Value);
                return map;
            case JsonValueKind.Array:
                return new JsonArray([.. element.EnumerateArray().Select(Tree)]);
            case JsonValueKind.Null:
                return null;
            default:
                return JsonValue.Create(element.Clone());
        }
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
