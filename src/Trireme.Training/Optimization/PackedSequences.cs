using Trireme.Training.Corpus;
using Trireme.Training.Model;

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

    public PackedBatch NextBatch(int rows)
    {
        int length = _rowLength - 1;
        var batch = new PackedBatch(rows, length);
        var tokens = new long[_rowLength];
        var documents = new int[_rowLength];
        for (int row = 0; row < rows; row++)
        {
            FillRow(tokens, documents);
            for (int i = 0; i < length; i++)
            {
                int at = (row * length) + i;
                batch.Inputs[at] = tokens[i];
                batch.Documents[at] = documents[i];
                batch.Targets[at] = documents[i] == documents[i + 1] ? tokens[i + 1] : LlamaDecoder.NoTarget;
            }
        }

        return batch;
    }

    private void FillRow(long[] tokens, int[] documents)
    {
        int filled = 0;
        for (int number = 0; filled < tokens.Length; number++)
        {
            int[] document = _documents[_order[_next]];
            int taken = Math.Min(document.Length, tokens.Length - filled);
            for (int i = 0; i < taken; i++)
            {
                tokens[filled + i] = document[i];
                documents[filled + i] = number;
            }

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

/// <summary>Rows of tokens, each array [rows * length].</summary>
internal sealed class PackedBatch(int rows, int length)
{
    public int Rows { get; } = rows;

    public int Length { get; } = length;

    public long[] Inputs { get; } = new long[rows * length];

    /// <summary>The next token of the same document, or <see cref="LlamaDecoder.NoTarget"/> at its end.</summary>
    public long[] Targets { get; } = new long[rows * length];

    /// <summary>Which document of its row a token belongs to, so that none is read with its neighbour in mind.</summary>
    public int[] Documents { get; } = new int[rows * length];
}
