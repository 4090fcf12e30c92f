using System.Text;
using System.Text.Json;
using Trireme.Contracts.Http;
using Trireme.Contracts.Serialization;

namespace Trireme.Worker.Onnx;

/// <summary>
/// Reads the JSON object of an inference request as it was sent: its fields in any order, tensors' data as places in the body. What it
/// says is checked against the model by <see cref="InferRequestReader"/>.
/// </summary>
internal sealed class InferBodyReader
{
    private const int MaxRank = 16;
    private const int MaxIdLength = 1024;

    private readonly int _inputsMax;
    private readonly int _outputsMax;

    private InferBodyReader(int inputsMax, int outputsMax) => (_inputsMax, _outputsMax) = (inputsMax, outputsMax);

    /// <summary>The client's own name for the request.</summary>
    public string? Id { get; private set; }

    /// <summary>Whether outputs are wanted as bytes unless they say otherwise.</summary>
    public bool WantsBinary { get; private set; }

    public List<SentTensor> Inputs { get; } = [];

    /// <summary>The chosen outputs; none chooses all.</summary>
    public List<SentOutput> Outputs { get; } = [];

    private bool HasInputs { get; set; }

    /// <param name="json">The object.</param>
    /// <param name="inputsMax">Inputs the model has.</param>
    /// <param name="outputsMax">Outputs the model has.</param>
    /// <exception cref="MalformedRequestException">A field is of the wrong kind.</exception>
    /// <exception cref="JsonException">This is no JSON.</exception>
    public static InferBodyReader Read(ReadOnlySpan<byte> json, int inputsMax, int outputsMax)
    {
        var body = new InferBodyReader(inputsMax, outputsMax);
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = RequestLimits.JsonLevels });
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) throw new MalformedRequestException("body", "must be a JSON object.");
        ReadFields(ref reader, "", body.ReadField);
        // Whatever follows the object is an error, which the reader finds.
        reader.Read();
        return body.HasInputs ? body : throw new MalformedRequestException("inputs", "is missing; expected a list of tensors.");
    }

    /// <summary>A JSON string's text; a string with half a surrogate pair is malformed.</summary>
    public static string Text(ref Utf8JsonReader reader, string field)
    {
        if (reader.TokenType != JsonTokenType.String) throw new MalformedRequestException(field, "must be a text.");
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new MalformedRequestException(field, "is no valid Unicode text.");
        }
    }

    private delegate void FieldReader(string name, string path, ref Utf8JsonReader reader);

    /// <summary>Walks over an object; the handler reads or skips each value.</summary>
    private static void ReadFields(ref Utf8JsonReader reader, string path, FieldReader handle)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = FieldName(ref reader, path);
            string full = path.Length == 0 ? name : $"{path}.{name}";
            if (!seen.Add(name)) throw new MalformedRequestException(full, "appears twice; send it once.");
            reader.Read();
            handle(name, full, ref reader);
        }
    }

    private static string FieldName(ref Utf8JsonReader reader, string path)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new MalformedRequestException(path.Length == 0 ? "body" : path, "has a field whose name is no valid Unicode text.");
        }
    }

    private void ReadField(string name, string path, ref Utf8JsonReader reader)
    {
        switch (name)
        {
            case "id":
                Id = reader.TokenType == JsonTokenType.Null ? null : Text(ref reader, path);
                if (Id?.Length > MaxIdLength) throw new MalformedRequestException(path, $"has more than {MaxIdLength} characters.");
                break;
            case "parameters":
                ReadParameters(ref reader, path, ReadRequestParameter);
                break;
            case "inputs":
                HasInputs = true;
                ReadList(ref reader, path, _inputsMax, ReadInput);
                break;
            case "outputs":
                ReadList(ref reader, path, _outputsMax, ReadOutput);
                break;
            default:
                reader.Skip();
                break;
        }
    }

    private delegate void ItemReader(string path, ref Utf8JsonReader reader);

    private static void ReadList(ref Utf8JsonReader reader, string path, int countMax, ItemReader handle)
    {
        if (reader.TokenType != JsonTokenType.StartArray) throw new MalformedRequestException(path, "must be a list.");
        for (int i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
        {
            if (i == countMax) throw new MalformedRequestException(path, $"has more tensors than the model, which has {countMax}.");
            string item = $"{path}[{i}]";
            if (reader.TokenType != JsonTokenType.StartObject) throw new MalformedRequestException(item, "must be an object.");
            handle(item, ref reader);
        }
    }

    private static void ReadParameters(ref Utf8JsonReader reader, string path, FieldReader handle)
    {
        if (reader.TokenType == JsonTokenType.Null) return;
        if (reader.TokenType != JsonTokenType.StartObject) throw new MalformedRequestException(path, "must be an object.");
        ReadFields(ref reader, path, handle);
    }

    private void ReadRequestParameter(string name, string path, ref Utf8JsonReader reader)
    {
        if (name == "binary_data_output") WantsBinary = Flag(ref reader, path);
        else SkipParameter(name, path, ref reader);
    }

    /// <summary>Servers and clients pass hints in parameters; only those that change what is computed are refused.</summary>
    private static void SkipParameter(string name, string path, ref Utf8JsonReader reader)
    {
        bool isMeant = name.StartsWith("sequence_", StringComparison.Ordinal)
            || name.StartsWith("shared_memory_", StringComparison.Ordinal)
            || name == "classification";
        if (isMeant) throw new MalformedRequestException(path, "is not supported here; leave it out.");
        reader.Skip();
    }

    private void ReadInput(string path, ref Utf8JsonReader reader)
    {
        var input = new SentTensor(path);
        ReadFields(ref reader, path, ReadTensorField);
        Inputs.Add(input);

        void ReadTensorField(string name, string field, ref Utf8JsonReader value)
        {
            switch (name)
            {
                case "name":
                    input.Name = Text(ref value, field);
                    break;
                case "datatype":
                    input.DataType = Text(ref value, field);
                    break;
                case "shape":
                    input.Shape = ReadShape(ref value, field);
                    break;
                case "data":
                    int start = (int)value.TokenStartIndex;
                    value.Skip();
                    input.Data = start..(int)value.BytesConsumed;
                    break;
                case "parameters":
                    ReadParameters(ref value, field, ReadInputParameter);
                    break;
                default:
                    value.Skip();
                    break;
            }
        }

        void ReadInputParameter(string name, string field, ref Utf8JsonReader value)
        {
            if (name != "binary_data_size")
            {
                SkipParameter(name, field, ref value);
                return;
            }

            if (!JsonIntegers.TryRead(ref value, 0, int.MaxValue, out long size))
            {
                throw new MalformedRequestException(field, "must be a number of bytes.");
            }

            input.BinarySize = (int)size;
        }
    }

    private static long[] ReadShape(ref Utf8JsonReader reader, string path)
    {
        if (reader.TokenType != JsonTokenType.StartArray) throw new MalformedRequestException(path, "must be a list of numbers.");
        var shape = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (shape.Count == MaxRank) throw new MalformedRequestException(path, $"has more than {MaxRank} dimensions.");
            if (!JsonIntegers.TryRead(ref reader, 1, int.MaxValue, out long size))
            {
                string sent = reader.TokenType == JsonTokenType.Number ? Encoding.ASCII.GetString(reader.ValueSpan) : "no number";
                throw new MalformedRequestException(
                    $"{path}[{shape.Count}]", $"is {sent}; sizes are whole numbers from 1 to {int.MaxValue}.");
            }

            shape.Add(size);
        }

        return [.. shape];
    }

    private void ReadOutput(string path, ref Utf8JsonReader reader)
    {
        string? name = null;
        bool? isBinary = null;
        ReadFields(ref reader, path, ReadOutputField);
        Outputs.Add(new SentOutput(path, name ?? throw new MalformedRequestException(path + ".name", "is missing."), isBinary));

        void ReadOutputField(string key, string field, ref Utf8JsonReader value)
        {
            if (key == "name") name = Text(ref value, field);
            else if (key == "parameters") ReadParameters(ref value, field, ReadOutputParameter);
            else value.Skip();
        }

        void ReadOutputParameter(string key, string field, ref Utf8JsonReader value)
        {
            if (key == "binary_data") isBinary = Flag(ref value, field);
            else SkipParameter(key, field, ref value);
        }
    }

    private static bool Flag(ref Utf8JsonReader reader, string path) => reader.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        _ => throw new MalformedRequestException(path, "must be true or false."),
    };
}

/// <summary>An output a client chooses.</summary>
internal sealed record SentOutput(string Path, string Name, bool? IsBinary);

/// <summary>An input as it was sent.</summary>
internal sealed class SentTensor(string path)
{
    public string Path => path;

    public string? Name { get; set; }

    public string? DataType { get; set; }

    public long[]? Shape { get; set; }

    /// <summary>Where its data is in the JSON.</summary>
    public Range? Data { get; set; }

    /// <summary>Bytes of its data behind the JSON.</summary>
    public int? BinarySize { get; set; }
}
