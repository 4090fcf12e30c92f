namespace Trireme.Worker.Onnx;

/// <summary>A checked request for inference.</summary>
internal sealed class InferRequest
{
    private string? _batchKey;

    /// <summary>The client's own name for it, which the answer repeats.</summary>
    public string? Id { get; init; }

    /// <summary>One tensor per input of the model, in the model's order.</summary>
    public required IReadOnlyList<Tensor> Inputs { get; init; }

    /// <summary>The outputs to give, in the client's order.</summary>
    public required IReadOnlyList<WantedOutput> Outputs { get; init; }

    /// <summary>Rows of a request to a model that can batch.</summary>
    public int Rows => Inputs.Count > 0 && Inputs[0].Shape.Length > 0 ? (int)Inputs[0].Shape[0] : 1;

    /// <summary>Equal for requests that can be computed as one: all but their numbers of rows agree.</summary>
    public string BatchKey => _batchKey ??= string.Join(
        ';', Inputs.Select(static input => string.Join(',', input.Shape.Skip(1))).Concat(Outputs.Select(static output => output.Name)));

    public long ByteLength => Inputs.Sum(static input => input.ByteLength);
}

/// <summary>An output a client wants, in JSON or as bytes behind it.</summary>
internal sealed record WantedOutput(string Name, bool IsBinary);
