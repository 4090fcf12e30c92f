using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Trireme.Worker.Onnx;

/// <summary>
/// Turns a sequence of maps, one from labels to numbers per row, into a tensor of rows x labels, because the protocol knows tensors
/// only. scikit-learn's classifiers are exported with such an output unless zipmap is off.
/// </summary>
internal static class MapOutput
{
    /// <exception cref="InferenceFailedException">The maps have different labels.</exception>
    public static Tensor Read(OrtValue sequence, string name, OrtAllocator memory)
    {
        int rows = sequence.GetValueCount();
        string[]? labels = null;
        float[] numbers = [];
        for (int row = 0; row < rows; row++)
        {
            using OrtValue map = sequence.GetValue(row, memory);
            using OrtValue keys = map.GetValue(0, memory);
            using OrtValue values = map.GetValue(1, memory);
            string[] found = ReadKeys(keys);
            labels ??= found;
            if (row == 0) numbers = new float[rows * labels.Length];
            if (!labels.AsSpan().SequenceEqual(found))
            {
                throw new InferenceFailedException(
                    $"The output '{name}' has other labels in row {row} than in row 0; export the model with a tensor in its place.");
            }

            values.GetTensorDataAsSpan<float>().CopyTo(numbers.AsSpan(row * labels.Length));
        }

        labels ??= [];
        return new Tensor
        {
            Name = name,
            Type = InferDatatype.Fp32,
            Shape = [rows, labels.Length],
            Data = MemoryMarshal.AsBytes(numbers.AsSpan()).ToArray(),
            Labels = JsonSerializer.Serialize(labels),
        };
    }

    private static string[] ReadKeys(OrtValue keys)
    {
        if (keys.GetTensorTypeAndShape().ElementDataType == TensorElementType.String) return keys.GetStringTensorAsArray();
        ReadOnlySpan<long> numbers = keys.GetTensorDataAsSpan<long>();
        var labels = new string[numbers.Length];
        for (int i = 0; i < labels.Length; i++) labels[i] = numbers[i].ToString(CultureInfo.InvariantCulture);
        return labels;
    }
}
