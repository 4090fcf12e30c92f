namespace Trireme.Worker.Onnx;

/// <summary>An input or output as the model declares it.</summary>
internal sealed record TensorSpec
{
    /// <summary>A dimension that each request chooses.</summary>
    public const long Dynamic = -1;

    public required string Name { get; init; }

    public required InferDatatype Type { get; init; }

    public required IReadOnlyList<long> Shape { get; init; }

    /// <summary>The name of the first dimension where it is dynamic; dimensions of one name are equal. Empty when it has none.</summary>
    public string FirstSymbol { get; init; } = "";

    /// <summary>True for an output that is a sequence of maps from labels to numbers, as scikit-learn's ZipMap gives.</summary>
    public bool IsMapPerRow { get; init; }

    public bool HasDynamicRows => Shape.Count > 0 && Shape[0] == Dynamic;

    public string ShownShape => $"[{string.Join(", ", Shape)}]";

    public bool Fits(long[] shape)
    {
        if (shape.Length != Shape.Count) return false;
        for (int i = 0; i < shape.Length; i++)
        {
            if (Shape[i] != Dynamic && Shape[i] != shape[i]) return false;
        }

        return true;
    }
}
