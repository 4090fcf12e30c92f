namespace Trireme.Worker.Onnx;

/// <summary>What a model takes and gives.</summary>
internal sealed class ModelSignature
{
    public ModelSignature(IReadOnlyList<TensorSpec> inputs, IReadOnlyList<TensorSpec> outputs)
    {
        Inputs = inputs;
        Outputs = outputs;
        CanBatch = inputs.Count > 0 && inputs.Concat(outputs).All(static spec => spec.HasDynamicRows) && ShareFirstSymbol();
    }

    public IReadOnlyList<TensorSpec> Inputs { get; }

    public IReadOnlyList<TensorSpec> Outputs { get; }

    /// <summary>
    /// Whether the first dimension of everything is one dynamic number of rows, so that requests can be computed as one: a first
    /// dimension of another name counts something else, such as the objects found.
    /// </summary>
    public bool CanBatch { get; }

    public TensorSpec? FindInput(string name) => Inputs.FirstOrDefault(spec => spec.Name == name);

    public TensorSpec? FindOutput(string name) => Outputs.FirstOrDefault(spec => spec.Name == name);

    private bool ShareFirstSymbol() =>
        Inputs.Concat(Outputs).Select(static spec => spec.FirstSymbol).Where(static symbol => symbol.Length > 0).Distinct().Count() <= 1;
}
