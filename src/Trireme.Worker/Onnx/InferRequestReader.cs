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
    /// <summary>More than any body holds, and small enough for their bytes to be counted in an int.</summary>
    private const int CountMax = int.MaxValue / sizeof(double);

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ModelSignature _signature;
    private readonly InferBodyReader _body;
    private readonly ReadOnlyMemory<byte> _json;
    private readonly ReadOnlyMemory<byte> _binary;
    private int _binaryUsed;

    private InferRequestReader(ModelSignature signature, ReadOnlyMemory<byte> json, ReadOnlyMemory<byte> binary)
    {
        _signature = signature;
        _body = InferBodyReader.Read(json.Span, signature.Inputs.Count, signature.Outputs.Count);
        _json = json;
        _binary = binary;
    }

    /// <param name="signature">What the model takes.</param>
    /// <param name="json">The JSON object.</param>
    /// <param name="binary">The bytes behind it.</param>
    /// <param name="error">What is wrong with the request, if it is not returned.</param>
    public static InferRequest? TryRead(
        ModelSignature signature, ReadOnlyMemory<byte> json, ReadOnlyMemory<byte> binary, out WorkerError? error)
    {
        try
        {
            error = null;
            return new InferRequestReader(signature, json, binary).Read();
        }
        catch (MalformedRequestException exception)
        {
            error = WorkerError.Invalid(exception.Field, exception.Message);
        }
        catch (JsonException exception)
        {
            error = JsonText.FindProblem(json.Span, null, out _)
                ?? WorkerError.Invalid(null, $"The body is not valid JSON: {JsonText.WithoutPlace(exception.Message)}");
        }

        return null;
    }

    private InferRequest Read()
    {
        var inputs = new Tensor?[_signature.Inputs.Count];
        foreach (SentTensor sent in _body.Inputs) Place(inputs, sent);
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
        return new InferRequest { Id = _body.Id, Inputs = inputs!, Outputs = Outputs() };
    }

    private static string Unknown(string kind, string name, IReadOnlyList<TensorSpec> specs)
    {
        string shown = name.Length <= 100 ? name : name[..100] + "…";
        string? nearest = NearestName.Find(name, specs.Select(static spec => spec.Name));
        string known = string.Join(", ", specs.Select(static spec => spec.Name));
        string hint = nearest is null ? $"It has {known}." : $"Did you mean '{nearest}'?";
        return $"the model has no {kind} '{shown}'. {hint}";
    }

    /// <summary>Checks a tensor of the request and puts it where the model wants it.</summary>
    private void Place(Tensor?[] inputs, SentTensor sent)
    {
        string name = sent.Name ?? throw new MalformedRequestException(sent.Path + ".name", "is missing.");
        TensorSpec spec = _signature.FindInput(name)
            ?? throw new MalformedRequestException(sent.Path + ".name", Unknown("input", name, _signature.Inputs));
        int place = 0;
        while (_signature.Inputs[place] != spec) place++;
        if (inputs[place] is not null) throw new MalformedRequestException(sent.Path + ".name", $"is '{name}', which came before.");
        if (sent.DataType != spec.Type.NameOf())
        {
            string shown = sent.DataType is { Length: <= 20 } type ? $"is {type}" : sent.DataType is null ? "is missing" : "is no datatype";
            throw new MalformedRequestException(sent.Path + ".datatype", $"{shown}; the model wants {spec.Type.NameOf()}.");
        }

        string shapeField = sent.Path + ".shape";
        long[] shape = sent.Shape ?? throw new MalformedRequestException(shapeField, $"is missing; the model wants {spec.ShownShape}.");
        if (!spec.Fits(shape))
        {
            throw new MalformedRequestException(
                shapeField, $"is [{string.Join(", ", shape)}]; the model wants {spec.ShownShape}, where -1 is any size.");
        }

        inputs[place] = ReadData(sent, new Tensor { Name = name, Type = spec.Type, Shape = shape }, Count(shape, shapeField));
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

    private Tensor ReadData(SentTensor sent, Tensor spec, int count)
    {
        string field = sent.Path + ".data";
        if (sent.BinarySize is not { } size)
        {
            if (sent.Data is not { } data) throw new MalformedRequestException(field, "is missing.");
            return TensorJson.Read(_json.Span[data], spec, count, field);
        }

        if (sent.Data is not null) throw new MalformedRequestException(field, "must be absent where parameters.binary_data_size is given.");
        string sizeField = sent.Path + ".parameters.binary_data_size";
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
            SentTensor sent = _body.Inputs.Find(other => other.Name == input.Name)!;
            throw new MalformedRequestException(
                sent.Path + ".shape", $"has {input.Shape[0]} rows, and the input '{inputs[0].Name}' has {inputs[0].Shape[0]}.");
        }
    }

    private WantedOutput[] Outputs()
    {
        if (_body.Outputs.Count == 0) return [.. _signature.Outputs.Select(spec => new WantedOutput(spec.Name, _body.WantsBinary))];
        var outputs = new List<WantedOutput>();
        foreach (SentOutput sent in _body.Outputs)
        {
            string field = sent.Path + ".name";
            if (_signature.FindOutput(sent.Name) is null)
            {
                throw new MalformedRequestException(field, Unknown("output", sent.Name, _signature.Outputs));
            }

            if (outputs.Exists(output => output.Name == sent.Name)) throw new MalformedRequestException(field, "names an output twice.");
            outputs.Add(new WantedOutput(sent.Name, sent.IsBinary ?? _body.WantsBinary));
        }

        return [.. outputs];
    }
}
