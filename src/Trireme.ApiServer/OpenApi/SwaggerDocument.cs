using System.Text;

namespace Trireme.ApiServer.OpenApi;

/// <summary>
/// The smallest OpenAPI v2 document in protobuf, the only form kubectl reads before 1.24: the version of the format and
/// the title. Without definitions those clients skip their own validation and leave it to the server.
/// </summary>
internal static class SwaggerDocument
{
    /// <summary>Clients ask for it with '@' before the version, which no media type may contain and some refuse to read back.</summary>
    public const string ContentType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

    public static byte[] Encode(string title, string version)
    {
        // Document { string swagger = 1; Info info = 2; }, Info { string title = 1; string version = 2; } of openapi.v2.
        byte[] info = [.. Field(1, Encoding.UTF8.GetBytes(title)), .. Field(2, Encoding.UTF8.GetBytes(version))];
        return [.. Field(1, "2.0"u8), .. Field(2, info)];
    }

    private static byte[] Field(int number, ReadOnlySpan<byte> content)
    {
        const int LengthDelimited = 2;
        const int MaxOneByteLength = 127;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(content.Length, MaxOneByteLength);
        return [(byte)((number << 3) | LengthDelimited), (byte)content.Length, .. content];
    }
}
