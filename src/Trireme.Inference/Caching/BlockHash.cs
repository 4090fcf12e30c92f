using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Trireme.Inference.Caching;

/// <summary>
/// Identifies a full block by everything its keys and values depend on: its own tokens and, through its parent's hash, all tokens
/// before it, the salt and the adapter. A collision would show one tenant's prompt to another, hence SHA-256.
/// </summary>
internal readonly record struct BlockHash(ulong A, ulong B, ulong C, ulong D)
{
    private const int Bytes = 32;

    /// <summary>The parent of a sequence's first block.</summary>
    /// <param name="salt">Keeps tenants apart.</param>
    /// <param name="adapter">The identity of the adapter that computes the sequence; null for the model alone.</param>
    public static BlockHash Root(string? salt, BlockHash? adapter = null)
    {
        byte[] text = salt is null ? [] : Encoding.UTF8.GetBytes(salt);
        if (adapter is not { } identity) return salt is null ? default : Read(SHA256.HashData(text));
        // No text begins with this byte in UTF-8, so that no salt can pass for an adapter.
        const byte AdapterMark = 0xFF;
        var input = new byte[2 + Bytes + text.Length];
        input[0] = AdapterMark;
        input[1] = (byte)(salt is null ? 0 : 1);
        identity.Write(input.AsSpan(2));
        text.CopyTo(input, 2 + Bytes);
        return Read(SHA256.HashData(input));
    }

    public static BlockHash Chain(BlockHash parent, ReadOnlySpan<int> tokens)
    {
        int tokenBytes = tokens.Length * sizeof(int);
        Span<byte> input = tokenBytes <= 1024 ? stackalloc byte[Bytes + tokenBytes] : new byte[Bytes + tokenBytes];
        parent.Write(input);
        MemoryMarshal.AsBytes(tokens).CopyTo(input[Bytes..]);
        Span<byte> digest = stackalloc byte[Bytes];
        SHA256.HashData(input, digest);
        return Read(digest);
    }

    /// <summary>A digest of 32 bytes as a hash.</summary>
    public static BlockHash Read(ReadOnlySpan<byte> digest) =>
        new(
            BinaryPrimitives.ReadUInt64LittleEndian(digest),
            BinaryPrimitives.ReadUInt64LittleEndian(digest[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(digest[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(digest[24..]));

    /// <summary>The digest in lower-case hexadecimal.</summary>
    public override string ToString()
    {
        Span<byte> digest = stackalloc byte[Bytes];
        Write(digest);
        return Convert.ToHexStringLower(digest);
    }

    private void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(destination, A);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], B);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[16..], C);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[24..], D);
    }
}
