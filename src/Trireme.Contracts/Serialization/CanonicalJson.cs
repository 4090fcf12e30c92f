using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Trireme.Contracts.Serialization;

/// <summary>
/// One byte string for equal values: members in ordinal order, absent instead of null, no white space. Hashes over it survive a
/// restart and another machine. A contract that gains a member keeps old hashes as long as the member is absent by default.
/// </summary>
public static class CanonicalJson
{
    /// <summary>SHA-256 of the canonical form, as 64 lowercase hexadecimal digits.</summary>
    public static string Sha256<T>(T value) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Write(value))));

    public static string Write<T>(T value) =>
        Sort(JsonSerializer.SerializeToNode(value, ResourceJson.Options))?.ToJsonString(ResourceJson.Options) ?? "null";

    /// <summary>True if both are written alike, which is what "nothing to write" means for a status.</summary>
    public static bool Same<T>(T left, T right) => Write(left) == Write(right);

    private static JsonNode? Sort(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject members:
                var sorted = new JsonObject();
                foreach ((string name, JsonNode? value) in members.OrderBy(member => member.Key, StringComparer.Ordinal))
                {
                    sorted[name] = Sort(value);
                }

                return sorted;
            case JsonArray items:
                return new JsonArray([.. items.Select(Sort)]);
            default:
                return node?.DeepClone();
        }
    }
}
