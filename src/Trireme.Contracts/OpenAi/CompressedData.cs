namespace Trireme.Contracts.OpenAi;

/// <summary>Tells compressed bodies that came without a Content-Encoding from broken JSON by their first bytes.</summary>
public static class CompressedData
{
    /// <summary>The form's name in Content-Encoding (RFC 1952, RFC 8878), or null for anything that does not begin like one.</summary>
    public static string? FormOf(ReadOnlySpan<byte> data) =>
        data.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]) ? "gzip"
        : data.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD]) ? "zstd"
        : null;
}
