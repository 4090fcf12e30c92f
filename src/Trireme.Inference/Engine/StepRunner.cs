using System.Runtime.InteropServices;
using Trireme.Inference.Generation;
using Trireme.Inference.Models;
using Trireme.Inference.Sampling;
using Trireme.Inference.Scheduling;

namespace Trireme.Inference.Engine;

/// <summary>
/// Computes a scheduled step and gives the sequences that have caught up their next tokens: one each, and one more for each draft that
/// is what was chosen in its place. A token is chosen from the same logits by the same rules and the same draw as without drafts, so
/// drafts change when it is chosen and never which.
/// </summary>
internal sealed class StepRunner(ILanguageModel model, int maxBatchedTokens)
{
    private readonly int[] _tokens = new int[maxBatchedTokens];
    private readonly BatchPlan _batch = new(maxBatchedTokens);
    private readonly TokenSampler _sampler = new(model.VocabularySize);
    private readonly List<OutputRow> _rows = [];
    private readonly List<PooledChunk> _pooled = [];

    /// <summary>Adds an outcome for each token a sequence got and for each failure. What it has added holds even where it throws.</summary>
    public void Run(ScheduledStep step, List<StepOutcome> outcomes)
    {
        _batch.Clear();
        _rows.Clear();
        _pooled.Clear();
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
                Conclude(_rows[first + i], logits.Slice(i * model.VocabularySize, model.VocabularySize), outcomes);
            }
        }
    }

    private void Add(in ScheduledChunk chunk)
    {
        var request = (ActiveRequest)chunk.Sequence;
        if (request.Pool is not null) return;
        int outputs = request.WantsPromptLogProbabilities ? chunk.Count : chunk.ReachesEnd && request.WantsAnswer ? 1 : 0;
        Span<int> tokens = _tokens.AsSpan(0, chunk.Count + chunk.Drafts);
        CollectionsMarshal.AsSpan(request.Tokens).Slice(chunk.First, chunk.Count).CopyTo(tokens);
        if (chunk.Drafts > 0) request.Drafts!.Tokens[..chunk.Drafts].CopyTo(tokens[chunk.Count..]);
        _batch.Add(tokens, chunk.First, request.Blocks, outputs + chunk.Drafts);
        int last = request.Tokens.Count - 1;
        for (int position = chunk.End - outputs; position < chunk.End + chunk.Drafts; position++)
        {
            _rows.Add(new OutputRow(request, position, Place: position - last));
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

    private static void AddPromptLogProbability(in OutputRow row, ReadOnlySpan<float> logits)
    {
        ActiveRequest request = row.Request;
        if (!request.AwaitsPromptLogProbability(row.Position)) return;
        int next = request.Tokens[row.Position + 1];
        request.AddPromptLogProbability(LogProbabilities.Of(logits, next, request.Sampling.PromptLogProbabilities!.Value));
    }

    private void Conclude(in OutputRow row, Span<float> logits, List<StepOutcome> outcomes)
    {
        ActiveRequest request = row.Request;
        AddPromptLogProbability(row, logits);
        if (row.Place < 0 || !request.WantsAnswer || (row.Place > 0 && !IsReached(row, outcomes))) return;
        try
        {
            int token = _sampler.Sample(logits, request.Rules, request.Sampling, request.Seed, request.GeneratedCount);
            TokenLogProbability? logProbability =
                request.Sampling.LogProbabilities is { } alternatives ? LogProbabilities.Of(logits, token, alternatives) : null;
            outcomes.Add(new StepOutcome(request, row.Place, request.Accept(token, logProbability), Failure: null));
        }
        catch (InvalidDataException exception)
        {
            // One sequence's broken numbers say nothing about the others of the batch.
            outcomes.Add(new StepOutcome(request, row.Place, Event: null, exception.Message));
        }
    }

    /// <summary>Whether the answer goes on after the row before, with the draft that this row computes.</summary>
    private static bool IsReached(in OutputRow row, List<StepOutcome> outcomes) =>
        outcomes is [.., { Event: { FinishReason: null } before } last]
        && last.Request == row.Request
        && last.Place == row.Place - 1
        && before.TokenId == row.Request.Drafts!.Tokens[row.Place - 1];

    /// <summary>States of a chunk, from an output of the batch on.</summary>
    private readonly record struct PooledChunk(EmbeddingPool Pool, int FirstPosition, int FirstOutput, int Count);

    /// <param name="Request">Whose row it is.</param>
    /// <param name="Position">The token's index in the sequence.</param>
    /// <param name="Place">0 for the sequence's last token, above for the drafts after it, below for those before.</param>
    private readonly record struct OutputRow(ActiveRequest Request, int Position, int Place);
}

/// <summary>A token that a sequence got in a step, or why it got none.</summary>
/// <param name="Request">The sequence.</param>
/// <param name="Place">0 for the first token of the step, and so on.</param>
/// <param name="Event">What the sequence's reader is to be told; null for a failure.</param>
/// <param name="Failure">What went wrong; null for a token.</param>
internal readonly record struct StepOutcome(ActiveRequest Request, int Place, TokenEvent? Event, string? Failure);
