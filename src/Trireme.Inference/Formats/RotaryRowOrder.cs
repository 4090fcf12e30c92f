namespace Trireme.Inference.Formats;

/// <summary>
/// Rows of a query or key projection as GGUF stores them for Llama: llama.cpp turns neighbouring dimensions of a head together, Hugging
/// Face's layout turns dimension i with dimension i + head_dim / 2, so the conversion moves the two rows of each pair side by side.
/// Rows are whole blocks, so the order can be undone without touching quantised values.
/// </summary>
internal sealed class RotaryRowOrder(int headDimension)
{
    /// <summary>Where the file has a row of the Hugging Face layout.</summary>
    public int StoredRow(int row)
    {
        (int head, int dimension) = Math.DivRem(row, headDimension);
        (int half, int pair) = Math.DivRem(dimension, headDimension / 2);
        return (head * headDimension) + (2 * pair) + half;
    }

    /// <summary>Which row of the Hugging Face layout the file has at a place.</summary>
    public int RowAt(int storedRow)
    {
        (int head, int place) = Math.DivRem(storedRow, headDimension);
        (int pair, int half) = Math.DivRem(place, 2);
        return (head * headDimension) + (half * (headDimension / 2)) + pair;
    }
}
