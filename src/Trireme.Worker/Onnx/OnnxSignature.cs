using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Trireme.Inference.Formats;

namespace Trireme.Worker.Onnx;

/// <summary>Reads what a loaded model takes and gives, in the protocol's words.</summary>
internal static class OnnxSignature
{
    private static readonly (TensorElementType Element, InferDatatype Type)[] Types =
    [
        (TensorElementType.Bool, InferDatatype.Bool),
        (TensorElementType.UInt8, InferDatatype.UInt8),
        (TensorElementType.UInt16, InferDatatype.UInt16),
        (TensorElementType.UInt32, InferDatatype.UInt32),
        (TensorElementType.UInt64, InferDatatype.UInt64),
        (TensorElementType.Int8, InferDatatype.Int8),
        (TensorElementType.Int16, InferDatatype.Int16),
        (TensorElementType.Int32, InferDatatype.Int32),
        (TensorElementType.Int64, InferDatatype.Int64),
        (TensorElementType.Float16, InferDatatype.Fp16),
        (TensorElementType.Float, InferDatatype.Fp32),
        (TensorElementType.Double, InferDatatype.Fp64),
        (TensorElementType.String, InferDatatype.Bytes),
    ];

    public static TensorElementType ElementOf(InferDatatype type) => Array.Find(Types, entry => entry.Type == type).Element;

    /// <exception cref="ModelFormatException">An input or output is none of the protocol's.</exception>
    public static ModelSignature Read(InferenceSession session, string file) => new(
        [.. session.InputNames.Select(name => ReadTensor(file, "input", name, session.InputMetadata[name]))],
        [.. session.OutputNames.Select(name => ReadOutput(file, name, session.OutputMetadata[name]))]);

    private static TensorSpec ReadOutput(string file, string name, NodeMetadata node)
    {
        if (node.OnnxValueType != OnnxValueType.ONNX_TYPE_SEQUENCE) return ReadTensor(file, "output", name, node);
        NodeMetadata element = node.AsSequenceMetadata().ElementMeta;
        bool isMap = element.OnnxValueType == OnnxValueType.ONNX_TYPE_MAP && IsNumber(element.AsMapMetadata().ValueMetadata);
        if (!isMap) throw Unsupported(file, "output", name, "a sequence of something else than maps to FP32");
        return new TensorSpec
        {
            Name = name,
            Type = InferDatatype.Fp32,
            Shape = [TensorSpec.Dynamic, TensorSpec.Dynamic],
            IsMapPerRow = true,
        };
    }

    private static bool IsNumber(NodeMetadata value) => value.IsTensor && value.ElementDataType == TensorElementType.Float;

    private static TensorSpec ReadTensor(string file, string kind, string name, NodeMetadata node)
    {
        if (!node.IsTensor) throw Unsupported(file, kind, name, node.OnnxValueType.ToString());
        if (!Array.Exists(Types, entry => entry.Element == node.ElementDataType))
        {
            throw Unsupported(file, kind, name, $"a tensor of {node.ElementDataType}");
        }

        return new TensorSpec
        {
            Name = name,
            Type = Array.Find(Types, entry => entry.Element == node.ElementDataType).Type,
            Shape = [.. node.Dimensions.Select(static size => size < 0 ? TensorSpec.Dynamic : size)],
            FirstSymbol = node.SymbolicDimensions is [{ } symbol, ..] ? symbol : "",
        };
    }

    private static ModelFormatException Unsupported(string file, string kind, string name, string what) => new(
        file, $"its {kind} '{name}' is {what}, which the Open Inference Protocol cannot say.", "Export it with a tensor in its place.");
}
