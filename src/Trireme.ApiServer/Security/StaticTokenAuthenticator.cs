using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Trireme.ApiServer.Security;

/// <summary>
/// A fixed set of tokens, of which only the SHA-256 hashes are kept. The hashes are compared in constant time, so that an
/// answer's time says nothing about how much of a token was right.
/// </summary>
public sealed class StaticTokenAuthenticator : ITokenAuthenticator
{
    private readonly (string User, byte[] Hash)[] _users;

    /// <param name="tokensByUser">The tokens in plain text, by user.</param>
    public StaticTokenAuthenticator(IReadOnlyDictionary<string, string> tokensByUser) =>
        _users = [.. tokensByUser.Select(entry => (entry.Key, Hash(entry.Value)))];

    /// <summary>A new random token of 256 bits.</summary>
    public static string NewToken() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    public bool TryAuthenticate(string token, [NotNullWhen(true)] out string? user)
    {
        byte[] hash = Hash(token);
        user = null;
        foreach ((string name, byte[] known) in _users)
        {
            if (CryptographicOperations.FixedTimeEquals(hash, known)) user = name;
        }

        return user is not null;
    }

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
