using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Trireme.ApiServer.Requests;

/// <summary>
/// Turns an object in Kubernetes' protobuf encoding into JSON. Throws <see cref="FormatException"/> on anything malformed
/// and on fields it does not know, which would be lost otherwise.
/// </summary>
internal ref struct ProtobufReader
{
    public const string ContentType = "application/vnd.kubernetes.protobuf";

    private const int MaxDepth = 16;
    private const long MinUnixSeconds = -62_135_596_800;
    private const long MaxUnixSeconds = 253_402_300_799;
    private const int Varint = 0;
    private const int LengthDelimited = 2;

    private ReadOnlySpan<byte> _rest;

    private ProtobufReader(ReadOnlySpan<byte> content) => _rest = content;

    /// <summary>Kubernetes puts four bytes before the message, so that the encoding can be told from others.</summary>
    private static ReadOnlySpan<byte> Magic => "k8s\0"u8;

    public static JsonObject Parse(ReadOnlySpan<byte> body)
    {
        if (!body.StartsWith(Magic)) throw new FormatException("the body does not begin with the mark of Kubernetes' protobuf encoding");
        var envelope = new ProtobufReader(body[Magic.Length..]);
        var type = new JsonObject();
        ReadOnlySpan<byte> raw = [];
        while (!envelope._rest.IsEmpty)
        {
            (int number, int wire) = envelope.Tag();
            if (wire != LengthDelimited) throw new FormatException("the envelope is malformed");
            ReadOnlySpan<byte> content = envelope.Bytes();
            if (number == 1) type = Message(content, ProtobufSchema.TypeMeta, 0);
            else if (number == 2) raw = content;
        }

        string apiVersion = type["apiVersion"]?.GetValue<string>() ?? "";
        string kind = type["kind"]?.GetValue<string>() ?? "";
        ProtobufMessage message = ProtobufSchema.Find(apiVersion, kind)
            ?? throw new FormatException($"{apiVersion} {kind} is not read in protobuf; send it as JSON or YAML");
        JsonObject document = Message(raw, message, 0);
        document["apiVersion"] = apiVersion;
        document["kind"] = kind;
        return document;
    }

    private static JsonObject Message(ReadOnlySpan<byte> content, ProtobufMessage message, int depth)
    {
        if (depth > MaxDepth) throw new FormatException("the object is nested too deeply");
        var reader = new ProtobufReader(content);
        var json = new JsonObject();
        while (!reader._rest.IsEmpty)
        {
            (int number, int wire) = reader.Tag();
            ProtobufField field = message.Find(number)
                ?? throw new FormatException($"the protobuf field {number} is not known here; send JSON or YAML");
            if (wire != (field.Kind is ProtobufKind.Number or ProtobufKind.Switch ? Varint : LengthDelimited))
            {
                throw new FormatException($"the field {field.Name} has an unexpected encoding");
            }

            reader.Field(json, field, depth);
        }

        return json;
    }

    private void Field(JsonObject json, ProtobufField field, int depth)
    {
        switch (field.Kind)
        {
            case ProtobufKind.Number:
                long number = (long)Number();
                if (number != 0 || field.KeepsEmpty) Add(json, field, JsonValue.Create(number));
                break;
            case ProtobufKind.Switch:
                bool isOn = Number() != 0;
                if (isOn || field.KeepsEmpty) Add(json, field, JsonValue.Create(isOn));
                break;
            case ProtobufKind.Text:
                // An empty text is one of a list, as the core group is of a rule's, and an absent field by itself.
                ReadOnlySpan<byte> text = Bytes();
                bool isText = !text.IsEmpty || field.Repeated || field.KeepsEmpty;
                Add(json, field, isText ? JsonValue.Create(Encoding.UTF8.GetString(text)) : null);
                break;
            case ProtobufKind.Message:
                JsonObject nested = Message(Bytes(), field.Message!, depth + 1);
                if (field.IsInline) Merge(json, nested);
                else Add(json, field, nested.Count > 0 || field.Repeated || field.KeepsEmpty ? nested : null);
                break;
            case ProtobufKind.Quantity:
                Add(json, field, JsonValue.Create(Amount(Bytes())));
                break;
            case ProtobufKind.IntOrText:
                Add(json, field, IntOrText(Bytes()));
                break;
            case ProtobufKind.Skipped:
                Bytes();
                break;
            case ProtobufKind.Time or ProtobufKind.MicroTime:
                Add(json, field, Time(Bytes(), field.Kind));
                break;
            default:
                if (json[field.Name] is not JsonObject map) json[field.Name] = map = [];
                (string key, byte[] value) = Entry(Bytes());
                map[key] = field.Kind switch
                {
                    ProtobufKind.TextMap => Encoding.UTF8.GetString(value),
                    ProtobufKind.QuantityMap => Amount(value),
                    _ => Convert.ToBase64String(value),
                };
                break;
        }
    }

    private static void Add(JsonObject json, ProtobufField field, JsonNode? value)
    {
        if (value is null) return;
        if (!field.Repeated) json[field.Name] = value;
        else if (json[field.Name] is JsonArray list) list.Add(value);
        else json[field.Name] = new JsonArray(value);
    }

    private static void Merge(JsonObject json, JsonObject nested)
    {
        foreach (string name in nested.Select(static member => member.Key).ToArray())
        {
            JsonNode? value = nested[name];
            nested.Remove(name);
            json[name] = value;
        }
    }

    /// <summary>A message of one text.</summary>
    private static string Amount(ReadOnlySpan<byte> content)
    {
        var reader = new ProtobufReader(content);
        string text = "";
        while (!reader._rest.IsEmpty)
        {
            (int number, int wire) = reader.Tag();
            if (number != 1 || wire != LengthDelimited) throw new FormatException("an amount is malformed");
            text = Encoding.UTF8.GetString(reader.Bytes());
        }

        return text;
    }

    /// <summary>Which of the two it is, the number, and the text.</summary>
    private static JsonValue IntOrText(ReadOnlySpan<byte> content)
    {
        var reader = new ProtobufReader(content);
        bool isText = false;
        long value = 0;
        string text = "";
        while (!reader._rest.IsEmpty)
        {
            (int number, int wire) = reader.Tag();
            if (wire != (number == 3 ? LengthDelimited : Varint)) throw new FormatException("a number or text is malformed");
            if (number == 1) isText = reader.Number() != 0;
            else if (number == 2) value = (int)reader.Number();
            else text = Encoding.UTF8.GetString(reader.Bytes());
        }

        return isText ? JsonValue.Create(text) : JsonValue.Create(value);
    }

    private static JsonValue? Time(ReadOnlySpan<byte> content, ProtobufKind kind)
    {
        var reader = new ProtobufReader(content);
        long seconds = 0;
        long nanoseconds = 0;
        while (!reader._rest.IsEmpty)
        {
            (int number, _) = reader.Tag();
            long value = (long)reader.Number();
            if (number == 1) seconds = value;
            else nanoseconds = value;
        }

        if (content.IsEmpty) return null;
        bool valid = seconds is >= MinUnixSeconds and <= MaxUnixSeconds && nanoseconds is >= 0 and <= 999_999_999;
        if (!valid) throw new FormatException("a time is out of range");
        DateTime time = DateTimeOffset.FromUnixTimeSeconds(seconds).AddTicks(nanoseconds / 100).UtcDateTime;
        string format = kind == ProtobufKind.Time ? "yyyy-MM-dd'T'HH:mm:ss'Z'" : "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";
        return JsonValue.Create(time.ToString(format, CultureInfo.InvariantCulture));
    }

    private static (string Key, byte[] Value) Entry(ReadOnlySpan<byte> content)
    {
        var reader = new ProtobufReader(content);
        string key = "";
        byte[] value = [];
        while (!reader._rest.IsEmpty)
        {
            (int number, int wire) = reader.Tag();
            if (wire != LengthDelimited) throw new FormatException("a map entry is malformed");
            ReadOnlySpan<byte> bytes = reader.Bytes();
            if (number == 1) key = Encoding.UTF8.GetString(bytes);
            else value = bytes.ToArray();
        }

        return (key, value);
    }

    private (int Number, int Wire) Tag()
    {
        ulong tag = Number();
        return tag is > 0 and <= int.MaxValue ? ((int)(tag >> 3), (int)(tag & 7)) : throw new FormatException("a field tag is malformed");
    }

    private ulong Number()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            if (_rest.IsEmpty) break;
            byte next = _rest[0];
            _rest = _rest[1..];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }

        throw new FormatException("a number is cut off");
    }

    private ReadOnlySpan<byte> Bytes()
    {
        ulong length = Number();
        if (length > (ulong)_rest.Length) throw new FormatException("a field is longer than the body");
        ReadOnlySpan<byte> bytes = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return bytes;
    }
}
