using System.Text;
using System.Text.Json;

namespace Trireme.ApiServer.Requests;

/// <summary>Finds a key that stands twice in one JSON object, which parsers otherwise resolve in silence.</summary>
internal static class DuplicateKeys
{
    /// <summary>Path of the first repeated key, or null.</summary>
    public static string? Find(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = RequestBody.MaxDepth });
        var open = new Stack<HashSet<string>>();
        var path = new Stack<string>();
        string name = "";
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

        return null;
    }

    private static string Join(Stack<string> path, string name)
    {
        var text = new StringBuilder();
        foreach (string part in path.Reverse().Where(part => part.Length > 0)) text.Append(part).Append('.');
        return text.Append(name).ToString();
    }
}
