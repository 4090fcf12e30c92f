using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Trireme.Contracts.Identity;

namespace Trireme.Governance.Tokens;

/// <summary>Tokens whose signatures were found good, by their hashes: nothing here can be presented to anyone.</summary>
internal sealed class VerifiedTokens
{
    /// <summary>A platform has fewer programs that call at the same time; beyond it all is looked at anew.</summary>
    private const int Max = 4096;

    private readonly ConcurrentDictionary<Hash, ServiceAccountClaims> _claims = new();

    public ServiceAccountClaims? Find(string token) => _claims.GetValueOrDefault(Hash.Of(token));

    public void Add(string token, ServiceAccountClaims claims)
    {
        if (_claims.Count >= Max) _claims.Clear();
        _claims[Hash.Of(token)] = claims;
    }

    /// <summary>The first 128 bits of a SHA-256.</summary>
    private readonly record struct Hash(UInt128 Value)
    {
        public static Hash Of(string token)
        {
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(Encoding.UTF8.GetBytes(token), hash);
            return new Hash(System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(hash));
        }
    }
}
