namespace Trireme.Worker.Onnx;

/// <summary>One named tensor, row by row.</summary>
internal sealed class Tensor
{
    public required string Name { get; init; }

    public required InferDatatype Type { get; init; }

    public required long[] Shape { get; init; }

    /// <summary>The elements of all types but texts, little-endian.</summary>
    public byte[] Data { get; init; } = [];

    /// <summary>The elements of a tensor of texts.</summary>
    public string[] Texts { get; init; } = [];

    /// <summary>Names of the second dimension's elements, of an output that the model gives as a map per row; null otherwise.</summary>
    public string? Labels { get; init; }

    /// <summary>Memory it takes, about.</summary>
    public long ByteLength => Data.Length + Texts.Sum(static text => 24L + (2 * text.Length));
}
