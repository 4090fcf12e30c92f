using System.Buffers.Binary;

namespace Trireme.Telemetry.Scraping;

/// <summary>
/// Tells whole gzip data from data that was cut: the decoder of the platform takes a cut stream for its end. The last eight bytes are
/// checksum and length of the last member (RFC 1952, section 2.3.1), which are wrong where they are in the middle of the data.
/// </summary>
internal static class GzipTrailer
{
    private const int Length = 8;

    private static readonly uint[] Table = MakeTable();

    public static bool Matches(ReadOnlySpan<byte> compressed, ReadOnlySpan<byte> plain)
    {
        if (compressed.Length < Length) return false;
        uint checksum = BinaryPrimitives.ReadUInt32LittleEndian(compressed[^Length..]);
        uint memberLength = BinaryPrimitives.ReadUInt32LittleEndian(compressed[^4..]);
        // An empty member at the end of data that is not empty is more likely a cut in a run of zeros.
        if (memberLength > plain.Length || (memberLength == 0 && !plain.IsEmpty)) return false;
        return Checksum(plain[^(int)memberLength..]) == checksum;
    }

    /// <summary>CRC-32 as gzip has it (RFC 1952, section 8).</summary>
    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        uint checksum = uint.MaxValue;
        foreach (byte value in bytes) checksum = Table[(byte)(checksum ^ value)] ^ (checksum >> 8);
        return ~checksum;
    }

    private static uint[] MakeTable()
    {
        const uint Polynomial = 0xEDB88320;
        var table = new uint[256];
        for (uint i = 0; i < table.Length; i++)
        {
            uint entry = i;
            for (int bit = 0; bit < 8; bit++) entry = (entry & 1) == 0 ? entry >> 1 : (entry >> 1) ^ Polynomial;
            table[i] = entry;
        }

        return table;
    }
}
