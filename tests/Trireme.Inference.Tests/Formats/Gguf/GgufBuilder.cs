using System.Text;
using Trireme.Inference.Formats.Gguf;

namespace Trireme.Inference.Tests.Formats.Gguf;

/// <summary>Writes small GGUF files.</summary>
internal sealed class GgufBuilder
{
    private readonly List<byte> _values = [];
    private readonly List<byte> _entries = [];
    private readonly List<byte> _data = [];
    private int _keys;
    private int _tensors;

    public int Alignment { get; init; } = 32;

    public uint Version { get; init; } = 3;

    /// <summary>A model of one layer with a head of eight dimensions, and no tokenizer.</summary>
    public static GgufBuilder Llama(Action<Dictionary<string, object>>? change = null)
    {
        var values = new Dictionary<string, object>
        {
            ["general.architecture"] = "llama",
            ["llama.context_length"] = 64u,
            ["llama.embedding_length"] = 16u,
            ["llama.block_count"] = 1u,
            ["llama.feed_forward_length"] = 24u,
            ["llama.attention.head_count"] = 2u,
            ["llama.attention.head_count_kv"] = 1u,
            ["llama.attention.layer_norm_rms_epsilon"] = 1e-5f,
            ["llama.rope.freq_base"] = 5000f,
        };
        change?.Invoke(values);
        var builder = new GgufBuilder();
        foreach ((string key, object value) in values) builder.Add(key, value);
        return builder;
    }

    public GgufBuilder Add(string key, object value)
    {
        _keys++;
        _values.AddRange(Written(writer =>
        {
            WriteText(writer, key);
            writer.Write((uint)TypeOf(value));
            WriteValue(writer, value);
        }));
        return this;
    }

    /// <summary>Adds a tensor of a ggml type number. Dimensions are in the file's order, innermost first.</summary>
    public GgufBuilder AddTensor(string name, uint type, ulong[] dimensions, byte[] bytes, ulong? offset = null)
    {
        while (_data.Count % Alignment != 0) _data.Add(0);
        _tensors++;
        _entries.AddRange(Written(writer =>
        {
            WriteText(writer, name);
            writer.Write((uint)dimensions.Length);
            foreach (ulong dimension in dimensions) writer.Write(dimension);
            writer.Write(type);
            writer.Write(offset ?? (ulong)_data.Count);
        }));
        _data.AddRange(bytes);
        return this;
    }

    public GgufBuilder AddSingles(string name, ulong[] dimensions, params float[] values) =>
        AddTensor(name, 0, dimensions, [.. values.SelectMany(BitConverter.GetBytes)]);

    public byte[] Build()
    {
        byte[] header = Written(writer =>
        {
            writer.Write("GGUF"u8);
            writer.Write(Version);
            writer.Write((ulong)_tensors);
            writer.Write((ulong)_keys);
        });
        List<byte> file = [.. header, .. _values, .. _entries];
        while (file.Count % Alignment != 0) file.Add(0);
        return [.. file, .. _data];
    }

    private static byte[] Written(Action<BinaryWriter> write)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        write(writer);
        writer.Flush();
        return stream.ToArray();
    }

    private static void WriteText(BinaryWriter writer, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private static GgufValueType TypeOf(object value) => value switch
    {
        byte => GgufValueType.UInt8,
        sbyte => GgufValueType.Int8,
        ushort => GgufValueType.UInt16,
        short => GgufValueType.Int16,
        uint => GgufValueType.UInt32,
        int => GgufValueType.Int32,
        float => GgufValueType.Single,
        bool => GgufValueType.Bool,
        string => GgufValueType.String,
        ulong => GgufValueType.UInt64,
        long => GgufValueType.Int64,
        double => GgufValueType.Double,
        Array => GgufValueType.List,
        _ => throw new ArgumentException($"{value.GetType()} is no GGUF value.", nameof(value)),
    };

    private static void WriteValue(BinaryWriter writer, object value)
    {
        switch (value)
        {
            case byte number: writer.Write(number); break;
            case sbyte number: writer.Write(number); break;
            case ushort number: writer.Write(number); break;
            case short number: writer.Write(number); break;
            case uint number: writer.Write(number); break;
            case int number: writer.Write(number); break;
            case float number: writer.Write(number); break;
            case bool flag: writer.Write(flag); break;
            case string text: WriteText(writer, text); break;
            case ulong number: writer.Write(number); break;
            case long number: writer.Write(number); break;
            case double number: writer.Write(number); break;
            case Array list:
                object[] elements = [.. list.Cast<object>()];
                writer.Write((uint)(elements.Length == 0 ? GgufValueType.UInt8 : TypeOf(elements[0])));
                writer.Write((ulong)elements.Length);
                foreach (object element in elements) WriteValue(writer, element);
                break;
        }
    }
}
