using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.Requests;

/// <summary>Answers for people: JSON with line breaks, and YAML.</summary>
internal static class ReadableText
{
    /// <summary>
    /// Bytes of the longest answer that is made readable, for which all of it is held: as much as an object may have. Longer JSON comes
    /// without line breaks.
    /// </summary>
    public const int MaxBytes = RequestContent.MaxBytes;

    private static readonly string[] Browsers = ["curl", "Wget", "Mozilla/5.0"];

    /// <summary>Deeper than any object in a list of objects.</summary>
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 2 * JsonDepth.Max };

    /// <summary>True if a request asks for line breaks, or comes from a program that shows answers as they are and does not say.</summary>
    public static bool IsWanted(HttpRequest request)
    {
        string asked = request.Query["pretty"].ToString();
        if (asked.Length > 0) return ApiRequest.IsTrue(asked);
        string agent = request.Headers.UserAgent.ToString();
        return Array.Exists(Browsers, browser => agent.StartsWith(browser, StringComparison.Ordinal));
    }

    public static byte[] Of(ReadOnlyMemory<byte> json, bool yaml)
    {
        JsonNode? tree = JsonNode.Parse(json.Span, documentOptions: Deep);
        return Encoding.UTF8.GetBytes(yaml ? YamlJson.Write(tree) : (tree?.ToJsonString(ResourceJson.Indented) ?? "null") + "\n");
    }
}
