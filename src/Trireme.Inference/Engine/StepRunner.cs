using System.Runtime.InteropServices;
using Trireme.Inference.Generation;
using Trireme.Inference.Models;
using Trireme.Inference.Sampling;
using Trireme.Inference.Scheduling;

namespace Trireme.Inference.Engine;

/// <summary>Computes a scheduled step and samples what follows the sequences that have caught up.</summary>
internal sealed class StepRunner(ILanguageModel model, int maxBatchedTokens)
{
    private readonly BatchPlan _batch = new(maxBatchedTokens);
    private readonly TokenSampler _sampler = new(model.VocabularySize);
    private readonly List<OutputRow> _rows = [];
    private readonly List<PooledChunk> _pooled = [];
    private readonly List<StepOutcome> _outcomes = [];

    /// <summary>Returns one outcome per sequence that got a token or failed; valid until the next call.</summary>
    public IReadOnlyList<StepOutcome> Run(ScheduledStep step)
    {
        _batch.Clear();
        _rows.Clear();
        _pooled.Clear();
        _outcomes.Clear();
        foreach (ScheduledChunk chunk in step.Chunks) Add(chunk);
        // Prompts to embed want states and no logits; behind the others they leave the rows that want logits in one piece.
        foreach (ScheduledChunk chunk in step.Chunks) AddPooled(chunk);
        model.Run(_batch);
        foreach (PooledChunk chunk in _pooled) chunk.Pool.Add(chunk.FirstPosition, model.States(chunk.FirstOutput, chunk.Count));
        for (int first = 0; first < _rows.Count; first += model.MaxLogitRows)
        {
            int count = Math.Min(model.MaxLogitRows, _rows.Count - first);
            Span<float> logits = model.Logits(first, count);
            for (int i = 0; i < count; i++)
            {
                Conclude(_rows[first + i], logits.Slice(i * model.VocabularySize, model.VocabularySize));
            }
        }

        return _outcomes;
    }

    private void Add(in ScheduledChunk chunk)
    {
        var request = (ActiveRequest)chunk.Sequence;
        if (request.Pool is not null) return;
        int outputs = request.WantsPromptLogProbabilities ? chunk.Count : chunk.ReachesEnd && request.WantsAnswer ? 1 : 0;
        ReadOnlySpan<int> tokens = CollectionsMarshal.AsSpan(request.Tokens).Slice(chunk.First, chunk.Count);
        _batch.Add(tokens, chunk.First, request.Blocks, outputs);
        for (int position = chunk.End - outputs; position < chunk.End; position++)
        {
            _rows.Add(new OutputRow(request, position, IsLast: position == request.Tokens.Count - 1));
        }
    }

    private void AddPooled(in ScheduledChunk chunk)
    {
        var request = (ActiveRequest)chunk.Sequence;
        if (request.Pool is not { } pool) return;
        int outputs = pool.OutputsOf(chunk.First, chunk.Count);
        if (outputs > 0) _pooled.Add(new PooledChunk(pool, chunk.First, _batch.OutputCount, outputs));
        ReadOnlySpan<int> tokens = CollectionsMarshal.AsSpan(request.Tokens).Slice(chunk.First, chunk.Count);
        _batch.Add(tokens, chunk.First, request.Blocks, outputs);
    }

    private void Conclude(in OutputRow row, Span<float> logits)
    {
        ActiveRequest request = row.Request;
        if (request.AwaitsPromptLogProbability(row.Position))
        {
            int next = request.Tokens[row.Position + 1];
            request.AddPromptLogProbability(LogProbabilities.Of(logits, next, request.Sampling.PromptLogProbabilities!.Value));
        }

        if (!row.IsLast || !request.WantsAnswer) return;
        try
        {
            int token = _sampler.Sample(logits, request.Rules, request.Sampling, request.Seed, request.GeneratedCount);
            TokenLogProbability? logProbability =
                request.Sampling.LogProbabilities is { } alternatives ? LogProbabilities.Of(logits, token, alternatives) : null;
            _outcomes.Add(new StepOutcome(request, token, logProbability, Failure: null));
        }
        catch (InvalidDataException exception)
        {
            // One sequence's broken numbers say nothing about the others of the batch.
            _outcomes.Add(new StepOutcome(request, Token: -1, LogProbability: null, exception.Message));
        }
    }

    /// <summary>States of a chunk, from an output of the batch on.</summary>
    private readonly record struct PooledChunk(EmbeddingPool Pool, int FirstPosition, int FirstOutput, int Count);

    private readonly record struct OutputRow(ActiveRequest Request, int Position, bool IsLast);
}

/// <summary>The token a sequence got in a step, or why it got none.</summary>
internal readonly record struct StepOutcome(ActiveRequest Request, int Token, TokenLogProbability? LogProbability, string? Failure);
