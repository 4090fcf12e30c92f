using System.Text;
using System.Text.Json;
using Trireme.Contracts.Validation;
using Trireme.Worker.Http;

namespace Trireme.Worker.Onnx;

/// <summary>
/// Reads the body of an inference request: a JSON object, and behind it the bytes of the tensors that are sent as such. Everything is
/// checked against the model before memory is taken for it.
/// </summary>
internal sealed class InferRequestReader
{
    private const int MaxDepth = 64;
    private const int MaxRank = 16;
    private const int MaxIdLength = 1024;

    /// <summary>More than any body holds, and small enough for their bytes to be counted in an int.</summary>
    private const int CountMax = int.MaxValue / sizeof(double);

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ModelSignature _signature;
    private readonly ReadOnlyMemory<byte> _json;
    private readonly ReadOnlyMemory<byte> _binary;
    private readonly List<RawTensor> _inputs = [];
    private readonly List<RawOutput> _outputs = [];
    private string? _id;
    private bool _allBinary;
    private bool _hasInputs;
    private int _binaryUsed;

    private InferRequestReader(ModelSignature signature, ReadOnlyMemory<byte> json, ReadOnlyMemory<byte> binary) =>
        (_signature, _json, _binary) = (signature, json, binary);

    /// <param name="signature">What the model takes.</param>
    /// <param name="json">The JSON object.</param>
    /// <param name="binary">The bytes behind it.</param>
    /// <param name="error">What is wrong with the request, if it is not returned.</param>
    public static InferRequest? TryRead(
        ModelSignature signature, ReadOnlyMemory<byte> json, ReadOnlyMemory<byte> binary, out ApiError? error)
    {
        try
        {
            error = null;
            return new InferRequestReader(signature, json, binary).Read();
        }
        catch (MalformedRequestException exception)
        {
            error = ApiError.Invalid(exception.Field, exception.Message);
        }
        catch (JsonException exception)
        {
            error = ApiError.Invalid(null, $"The body is not valid JSON: {exception.Message}");
        }

        return null;
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

    private InferRequest Read()
    {
        var reader = new Utf8JsonReader(_json.Span, new JsonReaderOptions { MaxDepth = MaxDepth });
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) throw new MalformedRequestException("body", "must be a JSON object.");
        ReadFields(ref reader, "", ReadField);
        // Whatever follows the object is an error, which the reader finds.
        reader.Read();
        if (!_hasInputs) throw new MalformedRequestException("inputs", "is missing; expected a list of tensors.");

        var inputs = new Tensor?[_signature.Inputs.Count];
        for (int i = 0; i < _inputs.Count; i++) Place(inputs, i);
        int missing = Array.IndexOf(inputs, null);
        if (missing >= 0)
        {
            throw new MalformedRequestException("inputs", $"lacks the model's input '{_signature.Inputs[missing].Name}'.");
        }

        if (_binaryUsed != _binary.Length)
        {
            throw new MalformedRequestException("body", $"has {_binary.Length - _binaryUsed} bytes that belong to no tensor.");
        }

        CheckRows(inputs!);
        return new InferRequest { Id = _id, Inputs = inputs!, Outputs = Outputs() };
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
                _id = reader.TokenType == JsonTokenType.Null ? null : Text(ref reader, path);
                if (_id?.Length > MaxIdLength) throw new MalformedRequestException(path, $"has more than {MaxIdLength} characters.");
                break;
            case "parameters":
                ReadParameters(ref reader, path, ReadRequestParameter);
                break;
            case "inputs":
                _hasInputs = true;
                ReadList(ref reader, path, _signature.Inputs.Count, ReadInput);
                break;
            case "outputs":
                ReadList(ref reader, path, _signature.Outputs.Count, ReadOutput);
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
        if (name == "binary_data_output") _allBinary = Flag(ref reader, path);
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
        var input = new RawTensor(path);
        ReadFields(ref reader, path, ReadTensorField);
        _inputs.Add(input);

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

            bool isCount = value.TokenType == JsonTokenType.Number && value.TryGetInt32(out int size) && (input.BinarySize = size) >= 0;
            if (!isCount) throw new MalformedRequestException(field, "must be a number of bytes.");
        }
    }

    private static long[] ReadShape(ref Utf8JsonReader reader, string path)
    {
        if (reader.TokenType != JsonTokenType.StartArray) throw new MalformedRequestException(path, "must be a list of numbers.");
        var shape = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (shape.Count == MaxRank) throw new MalformedRequestException(path, $"has more than {MaxRank} dimensions.");
            bool isSize = reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long size) && size is >= 1 and <= int.MaxValue;
            if (!isSize) throw new MalformedRequestException(path, $"must hold whole numbers from 1 to {int.MaxValue}.");
            shape.Add(reader.GetInt64());
        }

        return [.. shape];
    }

    private void ReadOutput(string path, ref Utf8JsonReader reader)
    {
        string? name = null;
        bool? isBinary = null;
        ReadFields(ref reader, path, ReadOutputField);
        if (name is null) throw new MalformedRequestException(path + ".name", "is missing.");
        if (_signature.FindOutput(name) is null)
        {
            throw new MalformedRequestException(path + ".name", Unknown("output", name, _signature.Outputs));
        }

        if (_outputs.Exists(output => output.Name == name)) throw new MalformedRequestException(path + ".name", "names an output twice.");
        _outputs.Add(new RawOutput(name, isBinary));

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

    private static string Unknown(string kind, string name, IReadOnlyList<TensorSpec> specs)
    {
        string shown = name.Length <= 100 ? name : name[..100] + "…";
        string? nearest = NearestName.Find(name, specs.Select(static spec => spec.Name));
        string known = string.Join(", ", specs.Select(static spec => spec.Name));
        string hint = nearest is null ? $"It has {known}." : $"Did you mean '{nearest}'?";
        return $"the model has no {kind} '{shown}'. {hint}";
    }

    /// <summary>Checks the i-th tensor of the request and puts it where the model wants it.</summary>
    private void Place(Tensor?[] inputs, int i)
    {
        RawTensor raw = _inputs[i];
        string name = raw.Name ?? throw new MalformedRequestException(raw.Path + ".name", "is missing.");
        TensorSpec spec = _signature.FindInput(name)
            ?? throw new MalformedRequestException(raw.Path + ".name", Unknown("input", name, _signature.Inputs));
        int place = 0;
        while (_signature.Inputs[place] != spec) place++;
        if (inputs[place] is not null) throw new MalformedRequestException(raw.Path + ".name", $"is '{name}', which came before.");
        if (raw.DataType != spec.Type.NameOf())
        {
            string shown = raw.DataType is { Length: <= 20 } sent ? $"is {sent}" : raw.DataType is null ? "is missing" : "is no datatype";
            throw new MalformedRequestException(raw.Path + ".datatype", $"{shown}; the model wants {spec.Type.NameOf()}.");
        }

        string shapeField = raw.Path + ".shape";
        long[] shape = raw.Shape ?? throw new MalformedRequestException(shapeField, $"is missing; the model wants {spec.ShownShape}.");
        if (!spec.Fits(shape))
        {
            throw new MalformedRequestException(
                shapeField, $"is [{string.Join(", ", shape)}]; the model wants {spec.ShownShape}, where -1 is any size.");
        }

        inputs[place] = ReadData(raw, new Tensor { Name = name, Type = spec.Type, Shape = shape }, Count(shape, shapeField));
    }

    private static int Count(long[] shape, string field)
    {
        long count = 1;
        foreach (long size in shape)
        {
            // Both factors are below 2^31, so the product cannot overflow before it is checked.
            count *= size;
            if (count > CountMax) throw new MalformedRequestException(field, $"asks for more than {CountMax} values.");
        }

        return (int)count;
    }

    private Tensor ReadData(RawTensor raw, Tensor spec, int count)
    {
        string field = raw.Path + ".data";
        if (raw.BinarySize is not { } size)
        {
            if (raw.Data is not { } data) throw new MalformedRequestException(field, "is missing.");
            return TensorJson.Read(_json.Span[data], spec, count, field);
        }

        if (raw.Data is not null) throw new MalformedRequestException(field, "must be absent where parameters.binary_data_size is given.");
        string sizeField = raw.Path + ".parameters.binary_data_size";
        if (size > _binary.Length - _binaryUsed)
        {
            throw new MalformedRequestException(sizeField, $"is {size}; {_binary.Length - _binaryUsed} bytes are left behind the JSON.");
        }

        ReadOnlySpan<byte> bytes = _binary.Span.Slice(_binaryUsed, size);
        _binaryUsed += size;
        return TensorBinary.Read(bytes, spec, count, sizeField, StrictUtf8);
    }

    private void CheckRows(Tensor[] inputs)
    {
        if (!_signature.CanBatch) return;
        foreach (Tensor input in inputs)
        {
            if (input.Shape[0] == inputs[0].Shape[0]) continue;
            RawTensor raw = _inputs.Find(raw => raw.Name == input.Name)!;
            throw new MalformedRequestException(
                raw.Path + ".shape", $"has {input.Shape[0]} rows, and the input '{inputs[0].Name}' has {inputs[0].Shape[0]}.");
        }
    }

    private WantedOutput[] Outputs() => _outputs.Count == 0
        ? [.. _signature.Outputs.Select(spec => new WantedOutput(spec.Name, _allBinary))]
        : [.. _outputs.Select(output => new WantedOutput(output.Name, output.IsBinary ?? _allBinary))];

    private sealed record RawOutput(string Name, bool? IsBinary);

    /// <summary>An input as it was sent; its fields may come in any order.</summary>
    private sealed class RawTensor(string path)
    {
        public string Path { get; } = path;

        public string? Name { get; set; }

        public string? DataType { get; set; }

        public long[]? Shape { get; set; }

        public Range? Data { get; set; }

        public int? BinarySize { get; set; }
    }
}
