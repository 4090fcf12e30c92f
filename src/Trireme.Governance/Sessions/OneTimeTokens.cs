using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;

namespace Trireme.Governance.Sessions;

/// <summary>
/// Tokens that let one browser in, once. Whoever can read the key can make one, without asking who checks it: 16 random bytes, the end of
/// its time in seconds since 1970 as 8 bytes in big endian, and an HMAC-SHA256 over both, in base64url.
/// </summary>
public sealed class OneTimeTokens(byte[] key, TimeProvider time)
{
    public const int KeyBytes = 32;

    /// <summary>
    /// Used tokens that are remembered; more than anyone signs in with while one is valid. The key's owner alone can make the valid ones
    /// that push others out.
    /// </summary>
    internal const int MaxUsed = 4096;

    private const int NonceBytes = 16;
    private const int SignedBytes = NonceBytes + sizeof(long);
    private const int Bytes = SignedBytes + HMACSHA256.HashSizeInBytes;

    private readonly Lock _lock = new();
    private readonly HashSet<UInt128> _used = [];
    private readonly Queue<UInt128> _order = new();

    /// <summary>How long a token may wait for its use.</summary>
    public static TimeSpan Lifetime { get; } = TimeSpan.FromMinutes(15);

    /// <summary>A new key.</summary>
    public static byte[] NewKey() => RandomNumberGenerator.GetBytes(KeyBytes);

    /// <summary>Makes a token that is valid from now on, once.</summary>
    public static string Create(ReadOnlySpan<byte> key, DateTimeOffset now)
    {
        Span<byte> token = stackalloc byte[Bytes];
        RandomNumberGenerator.Fill(token[..NonceBytes]);
        BinaryPrimitives.WriteInt64BigEndian(token[NonceBytes..], (now + Lifetime).ToUnixTimeSeconds());
        HMACSHA256.HashData(key, token[..SignedBytes], token[SignedBytes..]);
        return Base64Url.EncodeToString(token);
    }

    /// <summary>True the first time a valid token is shown.</summary>
    public bool TryRedeem(ReadOnlySpan<char> presented)
    {
        Span<byte> token = stackalloc byte[Bytes];
        if (presented.Length != Base64Url.GetEncodedLength(Bytes)) return false;
        if (Base64Url.DecodeFromChars(presented, token, out _, out int read) != OperationStatus.Done || read != Bytes) return false;
        Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, token[..SignedBytes], expected);
        if (!CryptographicOperations.FixedTimeEquals(expected, token[SignedBytes..])) return false;
        if (time.GetUtcNow().ToUnixTimeSeconds() > BinaryPrimitives.ReadInt64BigEndian(token[NonceBytes..])) return false;
        return Use(BinaryPrimitives.ReadUInt128BigEndian(token));
    }

    /// <summary>Kept by number and not by time, so that a clock set back brings no used token to life.</summary>
    private bool Use(UInt128 nonce)
    {
        lock (_lock)
        {
            if (!_used.Add(nonce)) return false;
            _order.Enqueue(nonce);
            if (_order.Count > MaxUsed) _used.Remove(_order.Dequeue());
            return true;
        }
    }
}
