using System.Runtime.InteropServices;
using Trireme.Inference.Engine;
using Trireme.Inference.Models;
using Trireme.Inference.Sampling;
using Trireme.Inference.Scheduling;

namespace Trireme.Inference.Speculation;

/// <summary>
/// Drafts with a smaller model of the same vocabulary, all sequences of a step together, one token per round. Its cache has a block
/// beside each block of the large model's, under the same numbers: what a sequence has for the one it has for the other, and nothing
/// has to fit. It draws with the numbers that the large model will draw with, so that two models that agree on the
/// probabilities agree on the tokens, at any temperature, and within the request's grammar. It knows no adapters: for a request that
/// names one it drafts what the model alone might write, and the answer's own success decides how much of that is checked.
/// </summary>
internal sealed class ModelDrafter : IDrafter
{
    /// <summary>Most tokens read for one step, so that a long prompt does not hold up the answers beside it.</summary>
    private const int ReadMax = 256;

    private readonly ILanguageModel _model;
    private readonly TimeProvider _time;
    private readonly int _contextLength;
    private readonly int _readMax;
    private readonly TokenSampler _sampler;
    private readonly BatchPlan _batch;
    private readonly DraftPrefixes _prefixes;
    private readonly List<Drafting> _drafting = [];
    private readonly List<Drafting> _next = [];

    /// <param name="model">The draft model.</param>
    /// <param name="options">The engine's options, which its memory was made for.</param>
    /// <param name="blockCount">Blocks of the cache.</param>
    /// <param name="contextLength">Longest sequence it can read.</param>
    /// <param name="time">Measures what drafting costs.</param>
    public ModelDrafter(ILanguageModel model, EngineOptions options, int blockCount, int contextLength, TimeProvider time)
    {
        _model = model;
        _time = time;
        _contextLength = contextLength;
        _readMax = Math.Min(ReadMax, options.MaxBatchedTokens);
        _sampler = new TokenSampler(model.VocabularySize);
        _batch = new BatchPlan(options.MaxBatchedTokens);
        _prefixes = new DraftPrefixes(blockCount, options.BlockSize);
    }

    public int Kinds => 1;

    public StepCosts Costs { get; } = new();

    public DraftOffer Offer(ActiveRequest request, SequenceDrafts drafts, int max)
    {
        _prefixes.Follow(request, drafts.Progress);
        int count = Math.Min(max, _contextLength - request.Tokens.Count);
        return count <= 0 ? default : new DraftOffer(count, Kind: 0, CatchUp: request.Tokens.Count - 1 - drafts.Progress.Computed);
    }

    public void Draft(ScheduledStep step)
    {
        _drafting.Clear();
        _batch.Clear();
        int left = _readMax;
        for (int i = 0; i < step.Chunks.Count; i++)
        {
            if (step.Chunks[i].Drafts > 0) left -= Read(step, i, left);
        }

        if (_batch.TokenCount == 0) return;
        Run(step, round: 0);
        for (int round = 1; _drafting.Count > 0; round++)
        {
            _batch.Clear();
            foreach (Drafting drafting in _drafting)
            {
                _batch.Add(drafting.Drafts.Tokens.Slice(round - 1, 1), drafting.Chunk.End - 1 + round, drafting.Request.Blocks, outputs: 1);
                drafting.Drafts.Progress.Ahead = round;
            }

            Run(step, round);
        }
    }

    /// <summary>Forgets what its cache holds.</summary>
    public void InvalidateAll() => _prefixes.Clear();

    /// <summary>Forgets what a block of its cache holds.</summary>
    public void Invalidate(int block) => _prefixes.Invalidate(block);

    /// <summary>Plans to read what a sequence has got, or as much of it as fits. Returns how many tokens it takes.</summary>
    private int Read(ScheduledStep step, int index, int left)
    {
        ScheduledChunk chunk = step.Chunks[index];
        var request = (ActiveRequest)chunk.Sequence;
        SequenceDrafts drafts = request.Drafts!;
        int first = drafts.Progress.Computed;
        int count = Math.Min(chunk.End - first, left);
        bool isAll = first + count == chunk.End;
        if (!isAll) step.SetDrafts(index, 0);
        if (count == 0) return 0;
        _prefixes.Overwrite(request.Blocks, first, chunk.End + chunk.Drafts);
        _batch.Add(CollectionsMarshal.AsSpan(request.Tokens).Slice(first, count), first, request.Blocks, isAll ? 1 : 0);
        drafts.Progress.Computed += count;
        drafts.Begin(chunk.End, isAll ? chunk.Drafts : 0, kind: 0);
        if (isAll) _drafting.Add(new Drafting(index, chunk, request, drafts));
        return count;
    }

    private void Run(ScheduledStep step, int round)
    {
        long started = _time.GetTimestamp();
        int decodes = _drafting.Count;
        _model.Run(_batch);
        Sample(step, round);
        Costs.Observe(decodes, _batch.TokenCount - decodes, _time.GetElapsedTime(started).TotalSeconds);
    }

    /// <summary>Draws each sequence's token of a round, and keeps those that want another one.</summary>
    private void Sample(ScheduledStep step, int round)
    {
        _next.Clear();
        for (int first = 0; first < _drafting.Count; first += _model.MaxLogitRows)
        {
            int count = Math.Min(_model.MaxLogitRows, _drafting.Count - first);
            Span<float> logits = _model.Logits(first, count);
            for (int i = 0; i < count; i++)
            {
                Drafting drafting = _drafting[first + i];
                Span<float> row = logits.Slice(i * _model.VocabularySize, _model.VocabularySize);
                if (!TryDraw(drafting, round, row))
                {
                    drafting.Drafts.Truncate(round);
                    step.SetDrafts(drafting.Index, round);
                }
                else if (drafting.Request.Rules.EndsAfter(drafting.Drafts.Tokens[..(round + 1)]))
                {
                    drafting.Drafts.Truncate(round + 1);
                    step.SetDrafts(drafting.Index, round + 1);
                }
                else if (round + 1 < drafting.Drafts.Count)
                {
                    _next.Add(drafting);
                }
            }
        }

        _drafting.Clear();
        _drafting.AddRange(_next);
    }

    private bool TryDraw(in Drafting drafting, int round, Span<float> logits)
    {
        ActiveRequest request = drafting.Request;
        try
        {
            int position = request.GeneratedCount + round;
            ReadOnlySpan<int> draft = drafting.Drafts.Tokens[..round];
            int token = _sampler.Sample(logits, request.Rules, request.Sampling, request.Seed, position, draft);
            drafting.Drafts.Set(round, token);
            return true;
        }
        catch (InvalidDataException)
        {
            // A draft model whose numbers break, or are none for all that a grammar allows, drafts nothing more here; the answer
            // does not depend on it.
            return false;
        }
    }

    private readonly record struct Drafting(int Index, ScheduledChunk Chunk, ActiveRequest Request, SequenceDrafts Drafts);
}
