using System.Security.Cryptography;
using System.Text;

namespace Trireme.ApiServer.Resources;

/// <summary>The UID of an object that is never stored: made from what it is, and so the same after every start.</summary>
internal static class DerivedUid
{
    /// <param name="seed">What tells the object from every other one, its kind first.</param>
    public static string Of(string seed)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(seed), hash);

        // RFC 9562: version 8, whose bits are the maker's own.
        hash[6] = (byte)((hash[6] & 0x0f) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3f) | 0x80);
        return new Guid(hash[..16], bigEndian: true).ToString();
    }
}
