using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Trireme.Governance.Sessions;

/// <summary>One key that programs present, compared by its hash in constant time.</summary>
public sealed class BearerKey(string plaintext)
{
    private const string Scheme = "Bearer ";
    private const int RandomBytes = 32;

    private readonly byte[] _hash = SHA256.HashData(Encoding.UTF8.GetBytes(plaintext));

    /// <summary>A new key: the prefix, an underscore and 32 random bytes in base64url.</summary>
    public static string Create(string prefix) => $"{prefix}_{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes))}";

    /// <summary>Whether an Authorization header presents it.</summary>
    public bool IsIn(string? authorization)
    {
        if (authorization?.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) != true) return false;
        byte[] presented = SHA256.HashData(Encoding.UTF8.GetBytes(authorization[Scheme.Length..].Trim()));
        return CryptographicOperations.FixedTimeEquals(presented, _hash);
    }
}
