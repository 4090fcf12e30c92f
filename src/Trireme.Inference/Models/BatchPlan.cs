using Trireme.Inference.Adapters;
using Trireme.Inference.Caching;

namespace Trireme.Inference.Models;

/// <summary>What one forward pass computes: tokens of many sequences in one row, and the rows whose logits are wanted. Reused.</summary>
internal sealed class BatchPlan(int maxTokens)
{
    private readonly int[] _tokens = new int[maxTokens];
    private readonly int[] _positions = new int[maxTokens];
    private readonly BlockTable[] _tables = new BlockTable[maxTokens];
    private readonly int[] _outputs = new int[maxTokens];
    private readonly SequenceRun[] _runs = new SequenceRun[maxTokens];
    private readonly AdapterRun[] _adapterRuns = new AdapterRun[maxTokens];
    private int _runCount;
    private int _adapterRunCount;

    public int TokenCount { get; private set; }

    /// <summary>Rows whose logits are wanted.</summary>
    public int OutputCount { get; private set; }

    public ReadOnlySpan<int> Tokens => _tokens.AsSpan(0, TokenCount);

    /// <summary>Each token's index in its sequence.</summary>
    public ReadOnlySpan<int> Positions => _positions.AsSpan(0, TokenCount);

    /// <summary>Row numbers of the wanted logits, in order.</summary>
    public ReadOnlySpan<int> Outputs => _outputs.AsSpan(0, OutputCount);

    /// <summary>The consecutive tokens of one sequence, one run per call of <see cref="Add"/>.</summary>
    public ReadOnlySpan<SequenceRun> Runs => _runs.AsSpan(0, _runCount);

    /// <summary>The rows that adapters change, in order; neighbours of one adapter are one run.</summary>
    public ReadOnlySpan<AdapterRun> AdapterRuns => _adapterRuns.AsSpan(0, _adapterRunCount);

    public ReadOnlySpan<int> BlocksOf(int row) => _tables[row].Blocks;

    /// <summary>Adds consecutive tokens of one sequence.</summary>
    /// <param name="tokens">At least one token.</param>
    /// <param name="firstPosition">Index of the first token in its sequence.</param>
    /// <param name="blocks">The sequence's blocks, which reach to the last of the tokens, and its adapter.</param>
    /// <param name="outputs">How many of the tokens, counted from the last, want logits.</param>
    public void Add(ReadOnlySpan<int> tokens, int firstPosition, BlockTable blocks, int outputs)
    {
        ArgumentOutOfRangeException.ThrowIfZero(tokens.Length, nameof(tokens));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tokens.Length, _tokens.Length - TokenCount, nameof(tokens));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(outputs, tokens.Length);
        tokens.CopyTo(_tokens.AsSpan(TokenCount));
        for (int i = 0; i < tokens.Length; i++)
        {
            _positions[TokenCount + i] = firstPosition + i;
            _tables[TokenCount + i] = blocks;
            if (i >= tokens.Length - outputs) _outputs[OutputCount++] = TokenCount + i;
        }

        _runs[_runCount++] = new SequenceRun(TokenCount, tokens.Length);
        if (blocks.Adapter is { } adapter) AddAdapterRows(adapter, tokens.Length);
        TokenCount += tokens.Length;
    }

    public void Clear()
    {
        Array.Clear(_tables, 0, TokenCount);
        Array.Clear(_adapterRuns, 0, _adapterRunCount);
        TokenCount = 0;
        OutputCount = 0;
        _runCount = 0;
        _adapterRunCount = 0;
    }

    private void AddAdapterRows(LoraAdapter adapter, int rows)
    {
        if (_adapterRunCount > 0)
        {
            ref AdapterRun last = ref _adapterRuns[_adapterRunCount - 1];
            if (last.Adapter == adapter && last.FirstRow + last.Count == TokenCount)
            {
                last = last with { Count = last.Count + rows };
                return;
            }
        }

        _adapterRuns[_adapterRunCount++] = new AdapterRun(adapter, TokenCount, rows);
    }
}

/// <summary>Rows of a batch that are consecutive tokens of one sequence.</summary>
internal readonly record struct SequenceRun(int FirstRow, int Count);

/// <summary>Consecutive rows of a batch that one adapter changes.</summary>
internal readonly record struct AdapterRun(LoraAdapter Adapter, int FirstRow, int Count);
