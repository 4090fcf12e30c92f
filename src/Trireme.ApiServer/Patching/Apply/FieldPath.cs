using System.Text;
using System.Text.Json.Nodes;

namespace Trireme.ApiServer.Patching.Apply;

/// <summary>Writes a path of a field set the way people read it: .status.conditions[type="Ready"].reason.</summary>
internal static class FieldPath
{
    public static string Format(IReadOnlyList<string> elements)
    {
        var text = new StringBuilder();
        foreach (string element in elements)
        {
            string content = element[2..];
            switch (element[0])
            {
                case 'f':
                    text.Append('.').Append(content);
                    break;
                case 'k' when JsonNode.Parse(content) is JsonObject keys:
                    text.Append('[').AppendJoin(',', keys.Select(key => $"{key.Key}={key.Value?.ToJsonString()}")).Append(']');
                    break;
                default:
                    text.Append("[=").Append(content).Append(']');
                    break;
            }
        }

        return text.ToString();
    }
}
