using Trireme.Training.Corpus;

namespace Trireme.Training.Optimization;

/// <summary>
/// Documents packed into rows of one length. Every row starts at the start of a document, as every request to the finished
/// model does; a document that the row's end cuts is repeated whole in the next row.
/// </summary>
internal sealed class PackedSequences
{
    private readonly int[][] _documents;
    private readonly int _rowLength;
    private readonly SeededRandom _random;
    private readonly int[] _order;
    private int _completedPasses;
    private int _next;

    /// <param name="documents">Token ids of each document.</param>
    /// <param name="sequenceLength">Tokens the model predicts per row; a row holds one more.</param>
    /// <param name="random">Decides the order, anew for every pass over the documents.</param>
    public PackedSequences(int[][] documents, int sequenceLength, SeededRandom random)
    {
        _documents = documents;
        _rowLength = sequenceLength + 1;
        _random = random;
        _order = [.. Enumerable.Range(0, documents.Length)];
        _random.Shuffle<int>(_order);
    }

    /// <summary>How often the documents were gone through so far; 1.5 is one and a half times.</summary>
    public double Passes => _completedPasses + ((double)_next / _order.Length);

    /// <summary>The next rows: inputs and, shifted by one, targets; both [rows * sequenceLength].</summary>
    public (long[] Inputs, long[] Targets) NextBatch(int rows)
    {
        int length = _rowLength - 1;
        var inputs = new long[rows * length];
        var targets = new long[rows * length];
        var row = new long[_rowLength];
        for (int i = 0; i < rows; i++)
        {
            FillRow(row);
            row.AsSpan(0, length).CopyTo(inputs.AsSpan(i * length));
            row.AsSpan(1, length).CopyTo(targets.AsSpan(i * length));
        }

        return (inputs, targets);
    }

    private void FillRow(long[] row)
    {
        int filled = 0;
        while (filled < row.Length)
        {
            int[] document = _documents[_order[_next]];
            int taken = Math.Min(document.Length, row.Length - filled);
            for (int i = 0; i < taken; i++) row[filled + i] = document[i];
            // A document longer than a row is cut: repeating it would never end.
            bool whole = taken == document.Length || filled == 0;
            filled += taken;
            if (whole) Advance();
        }
    }

    private void Advance()
    {
        if (++_next < _order.Length) return;
        _next = 0;
        _completedPasses++;
        _random.Shuffle<int>(_order);
    }
}
