using System.Threading.Channels;
using Trireme.Inference.Generation;

namespace Trireme.Inference.Engine;

/// <summary>
/// Carries the events of a request's answers from the engine's thread to their reader: at once, or, when more answers are computed
/// than given, the best ones' after all have ended.
/// </summary>
internal sealed class AnswerChannel
{
    // Unbounded on purpose: a slow reader holds at most one context of tokens per answer, and must never hold up the batch.
    private readonly Channel<TokenEvent> _events =
        Channel.CreateUnbounded<TokenEvent>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

    private readonly int _given;
    private readonly bool _showsLogProbabilities;
    private readonly Candidate[]? _candidates;
    private int _open;

    /// <param name="computed">Answers that are computed.</param>
    /// <param name="given">Answers the reader wants; at most as many.</param>
    /// <param name="showsLogProbabilities">False when log-probabilities are computed for the choice alone.</param>
    public AnswerChannel(int computed, int given, bool showsLogProbabilities)
    {
        _open = computed;
        _given = given;
        _showsLogProbabilities = showsLogProbabilities;
        if (computed == given) return;
        _candidates = new Candidate[computed];
        for (int i = 0; i < computed; i++) _candidates[i] = new Candidate();
    }

    public ChannelReader<TokenEvent> Events => _events.Reader;

    public void Publish(TokenEvent tokenEvent)
    {
        bool ends = tokenEvent.FinishReason is not null;
        if (ends) _open--;
        if (_candidates is null)
        {
            _events.Writer.TryWrite(tokenEvent);
        }
        else
        {
            _candidates[tokenEvent.Choice].Add(tokenEvent);
            if (_open == 0) PublishBest();
        }

        if (_open == 0) _events.Writer.TryComplete();
    }

    private void PublishBest()
    {
        // The sort is stable: of equals the earlier one is given.
        Candidate[] ranking = [.. _candidates!.OrderByDescending(static candidate => candidate.Score)];
        int discarded = ranking.Skip(_given).Sum(static candidate => candidate.TokenCount);
        for (int choice = 0; choice < _given; choice++)
        {
            foreach (TokenEvent tokenEvent in ranking[choice].Events)
            {
                bool isLast = choice == _given - 1 && tokenEvent.FinishReason is not null;
                _events.Writer.TryWrite(tokenEvent with
                {
                    Choice = choice,
                    LogProbability = _showsLogProbabilities ? tokenEvent.LogProbability : null,
                    DiscardedTokens = isLast ? discarded : null,
                });
            }
        }
    }

    private sealed class Candidate
    {
        private double _sum;
        private bool _failed;

        public List<TokenEvent> Events { get; } = [];

        public int TokenCount { get; private set; }

        /// <summary>Mean log-probability per token, OpenAI's measure of the best; an answer that broke off is the worst.</summary>
        public double Score => _failed ? double.NegativeInfinity : TokenCount == 0 ? 0 : _sum / TokenCount;

        public void Add(TokenEvent tokenEvent)
        {
            Events.Add(tokenEvent);
            _failed |= tokenEvent.FinishReason is not (null or FinishReason.Stop or FinishReason.Length);
            if (tokenEvent.TokenId is null) return;
            TokenCount++;
            _sum += tokenEvent.LogProbability?.LogProbability ?? 0;
        }
    }
}
