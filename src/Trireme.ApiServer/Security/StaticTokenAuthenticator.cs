using System.Security.Cryptography;
using System.Text;
using Trireme.Contracts.Identity;

namespace Trireme.ApiServer.Security;

/// <summary>
/// A fixed set of tokens, of which only the SHA-256 hashes are kept. The hashes are compared in constant time, so that an
/// answer's time says nothing about how much of a token was right.
/// </summary>
public sealed class StaticTokenAuthenticator : ITokenAuthenticator
{
    private readonly (byte[] Hash, UserInfo User)[] _users;

    /// <param name="usersByToken">The users by their tokens in plain text.</param>
    public StaticTokenAuthenticator(IReadOnlyDictionary<string, UserInfo> usersByToken) =>
        _users = [.. usersByToken.Select(entry => (SHA256.HashData(Encoding.UTF8.GetBytes(entry.Key)), entry.Value))];

    /// <summary>A new random token of 256 bits.</summary>
    public static string NewToken() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    public ValueTask<UserInfo?> AuthenticateAsync(string token, CancellationToken cancellationToken)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(token), hash);
        UserInfo? found = null;
        foreach ((byte[] known, UserInfo user) in _users)
        {
            if (CryptographicOperations.FixedTimeEquals(hash, known)) found = user;
        }

        return ValueTask.FromResult(found);
    }
}
