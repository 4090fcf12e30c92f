using System.Text;
using Trireme.Contracts.Resources;

namespace Trireme.Governance.ApiKeys;

/// <summary>Values of a Secret that are text.</summary>
internal static class SecretText
{
    public static bool Has(this Secret secret, string entry) => secret.Data?.ContainsKey(entry) == true;

    /// <summary>Null where there is none, and where it is not base64.</summary>
    public static string? Text(this Secret secret, string entry)
    {
        if (secret.Data?.TryGetValue(entry, out string? encoded) != true) return null;
        byte[] bytes = new byte[encoded!.Length];
        return Convert.TryFromBase64String(encoded, bytes, out int length) ? Encoding.UTF8.GetString(bytes.AsSpan(0, length)) : null;
    }
}
