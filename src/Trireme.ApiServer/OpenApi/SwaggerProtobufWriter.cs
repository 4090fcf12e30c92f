using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Trireme.ApiServer.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.OpenApi;

/// <summary>
/// OpenAPI v2 in protobuf, the only form kubectl reads before 1.24: title, version and the schemas of all kinds, from which those clients
/// explain fields. The operations are in the JSON form alone. Numbers are those of the messages of gnostic's openapi.v2.
/// </summary>
internal static class SwaggerProtobufWriter
{
    /// <summary>Clients ask for it with '@' before the version, which no media type may contain and some refuse to read back.</summary>
    public const string ContentType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

    private const int Varint = 0;
    private const int Fixed64 = 1;
    private const int LengthDelimited = 2;

    /// <param name="swagger">The same document as JSON.</param>
    public static byte[] Write(JsonObject swagger)
    {
        var info = new MemoryStream();
        Text(info, 1, swagger["info"]!.AsObject().Text("title"));
        Text(info, 2, swagger["info"]!.AsObject().Text("version"));
        var definitions = new MemoryStream();
        foreach ((string name, JsonNode? schema) in swagger["definitions"]!.AsObject())
        {
            NamedSchema(definitions, name, schema!.AsObject(), 0);
        }

        var document = new MemoryStream();
        Text(document, 1, swagger.Text("swagger"));
        Message(document, 2, info);
        Message(document, 9, definitions);
        return document.ToArray();
    }

    private static void NamedSchema(MemoryStream output, string name, JsonObject schema, int depth)
    {
        var named = new MemoryStream();
        Text(named, 1, name);
        Message(named, 2, Schema(schema, JsonDepth.Below(depth)));
        Message(output, 1, named);
    }

    private static MemoryStream Schema(JsonObject schema, int depth)
    {
        var output = new MemoryStream();
        foreach ((string name, JsonNode? value) in schema)
        {
            switch (name)
            {
                case "$ref":
                    Text(output, 1, value!.ToString());
                    break;
                case "format":
                    Text(output, 2, value!.ToString());
                    break;
                case "description":
                    Text(output, 4, value!.ToString());
                    break;
                case "default":
                    Message(output, 5, Any(value));
                    break;
                case "maximum" or "minimum":
                    Double(output, name == "maximum" ? 7 : 9, double.Parse(value!.ToJsonString(), CultureInfo.InvariantCulture));
                    break;
                case "maxLength" or "minLength" or "maxItems" or "minItems":
                    Number(output, NumberOf(name), ulong.Parse(value!.ToJsonString(), CultureInfo.InvariantCulture));
                    break;
                case "pattern":
                    Text(output, 13, value!.ToString());
                    break;
                case "required":
                    foreach (JsonNode? field in value!.AsArray()) Text(output, 19, field!.ToString());
                    break;
                case "enum":
                    foreach (JsonNode? choice in value!.AsArray()) Message(output, 20, Any(choice));
                    break;
                default:
                    Part(output, name, value, depth);
                    break;
            }
        }

        return output;
    }

    /// <summary>What holds schemas itself, and extensions.</summary>
    private static void Part(MemoryStream output, string name, JsonNode? value, int depth)
    {
        int below = JsonDepth.Below(depth);
        var part = new MemoryStream();
        switch (name)
        {
            case "additionalProperties":
                if (value is JsonObject values) Message(part, 1, Schema(values, below));
                else Number(part, 2, 1);
                Message(output, 21, part);
                break;
            case "type":
                Text(part, 1, value!.ToString());
                Message(output, 22, part);
                break;
            case "items":
                Message(part, 1, Schema(value!.AsObject(), below));
                Message(output, 23, part);
                break;
            case "properties":
                foreach ((string property, JsonNode? schema) in value!.AsObject()) NamedSchema(part, property, schema!.AsObject(), below);
                Message(output, 25, part);
                break;
            default:
                Text(part, 1, name);
                Message(part, 2, Any(value));
                Message(output, 31, part);
                break;
        }
    }

    private static int NumberOf(string limit) => limit switch
    {
        "maxLength" => 11,
        "minLength" => 12,
        "maxItems" => 14,
        _ => 15,
    };

    /// <summary>A value of any type travels as YAML, of which JSON is a part.</summary>
    private static MemoryStream Any(JsonNode? value)
    {
        var any = new MemoryStream();
        Text(any, 2, value?.ToJsonString(ResourceJson.Options) ?? "null");
        return any;
    }

    private static void Text(MemoryStream output, int number, string? text) => Bytes(output, number, Encoding.UTF8.GetBytes(text ?? ""));

    private static void Message(MemoryStream output, int number, MemoryStream message) =>
        Bytes(output, number, message.GetBuffer().AsSpan(0, (int)message.Length));

    private static void Bytes(MemoryStream output, int number, ReadOnlySpan<byte> bytes)
    {
        Tag(output, number, LengthDelimited);
        Variable(output, (ulong)bytes.Length);
        output.Write(bytes);
    }

    private static void Number(MemoryStream output, int number, ulong value)
    {
        Tag(output, number, Varint);
        Variable(output, value);
    }

    private static void Double(MemoryStream output, int number, double value)
    {
        Tag(output, number, Fixed64);
        Span<byte> bytes = stackalloc byte[sizeof(double)];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
        output.Write(bytes);
    }

    private static void Tag(MemoryStream output, int number, int wire) => Variable(output, (ulong)((number << 3) | wire));

    private static void Variable(MemoryStream output, ulong value)
    {
        for (; value > 0x7F; value >>= 7) output.WriteByte((byte)(value | 0x80));
        output.WriteByte((byte)value);
    }
}
