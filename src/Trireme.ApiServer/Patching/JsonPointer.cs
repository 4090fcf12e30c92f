using System.Globalization;
using System.Text.Json.Nodes;

namespace Trireme.ApiServer.Patching;

/// <summary>A JSON pointer (RFC 6901), split at its last token: the container and what is meant in it.</summary>
internal readonly struct JsonPointer
{
    private readonly string[] _tokens;

    private JsonPointer(string[] tokens) => _tokens = tokens;

    public bool IsRoot => _tokens.Length == 0;

    /// <summary>Levels below the root.</summary>
    public int Length => _tokens.Length;

    public static JsonPointer Parse(string text)
    {
        if (text.Length == 0) return new JsonPointer([]);
        if (text[0] != '/') throw new JsonPatchException($"the path \"{text}\" must be empty or start with '/'");
        return new JsonPointer([.. text[1..].Split('/').Select(Unescape)]);
    }

    public JsonNode? Get(JsonNode? root)
    {
        JsonNode? current = root;
        for (int i = 0; i < _tokens.Length; i++)
        {
            current = current switch
            {
                JsonObject map when map.TryGetPropertyValue(_tokens[i], out JsonNode? member) => member,
                JsonArray list => list[Index(_tokens[i], list.Count - 1)],
                _ => throw new JsonPatchException($"there is nothing at \"{Prefix(i + 1)}\""),
            };
        }

        return current;
    }

    /// <summary>Inserts into a list, or sets a member of an object; the container is this path's.</summary>
    public void Add(JsonNode? container, JsonNode? value)
    {
        switch (container)
        {
            case JsonObject map:
                map[_tokens[^1]] = value;
                break;
            case JsonArray list:
                list.Insert(_tokens[^1] == "-" ? list.Count : Index(_tokens[^1], list.Count), value);
                break;
            default:
                throw NotAContainer();
        }
    }

    /// <summary>Takes out the value that must be there.</summary>
    public JsonNode? Remove(JsonNode root, JsonNode? container)
    {
        JsonNode? removed = Get(root);
        switch (container)
        {
            case JsonObject map:
                map.Remove(_tokens[^1]);
                break;
            case JsonArray list:
                list.RemoveAt(Index(_tokens[^1], list.Count - 1));
                break;
        }

        return removed;
    }

    /// <summary>True if this path leads to something inside what the other one leads to.</summary>
    public bool IsInside(JsonPointer other) =>
        _tokens.Length > other._tokens.Length && _tokens.AsSpan(0, other._tokens.Length).SequenceEqual(other._tokens);

    /// <summary>What holds, or is to hold, the value the path leads to.</summary>
    public JsonNode? Container(JsonNode root) => new JsonPointer(_tokens[..^1]).Get(root);

    private static int Index(string token, int last)
    {
        bool canonical = token == "0" || (token.Length > 0 && token[0] != '0');
        return canonical && int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index <= last
            ? index
            : throw new JsonPatchException($"\"{token}\" is not an index of the list, which ends at {last}");
    }

    private JsonPatchException NotAContainer() => new($"\"{Prefix(_tokens.Length - 1)}\" is neither an object nor a list");

    private string Prefix(int length) => string.Concat(_tokens.Take(length).Select(token => "/" + token));

    private static string Unescape(string token) =>
        token.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
}
