using Trireme.Inference.Generation;
using Trireme.Inference.Grammars.Matching;

namespace Trireme.Inference.Sampling;

/// <summary>
/// What one request does to the model's logits before a token is drawn, in vLLM's order: the grammar, then end tokens that come too
/// early, tokens that are not allowed and words the answer must not hold, then biases, then penalties. The first changes the row itself,
/// so that reported log-probabilities are those of the allowed tokens; the others leave them the model's own.
/// </summary>
internal sealed class TokenRules
{
    private readonly SamplingOptions _options;
    private readonly int _answerMax;
    private readonly int[] _ends;
    private readonly float[] _endLogits;
    private readonly int[] _biased;
    private readonly float[] _biases;
    private readonly TokenCounts? _counts;
    private readonly GrammarMatcher? _matcher;
    private readonly ulong[]? _allowed;
    private readonly BadSequences? _bad;

    /// <param name="options">What the request asks for.</param>
    /// <param name="prompt">Its prompt, which the repetition penalty covers.</param>
    /// <param name="endTokens">The model's own end tokens.</param>
    /// <param name="answerMax">Most tokens the answer can have.</param>
    /// <param name="grammar">What the answer must look like; null for anything.</param>
    public TokenRules(
        SamplingOptions options, IReadOnlyList<int> prompt, IReadOnlySet<int> endTokens, int answerMax, CompiledGrammar? grammar)
    {
        _options = options;
        _answerMax = answerMax;
        _matcher = grammar is null ? null : new GrammarMatcher(grammar);
        // The end of a document is its end, so a constrained answer never goes on past end tokens.
        var ends = new HashSet<int>(options.StopTokens);
        if (!options.IgnoreEndOfSequence || grammar is not null) ends.UnionWith(endTokens);
        _ends = [.. ends];
        _endLogits = new float[_ends.Length];
        _biased = [.. options.LogitBias.Keys];
        _biases = [.. options.LogitBias.Values];
        bool hasPenalty = options.RepetitionPenalty != 1 || options.PresencePenalty != 0 || options.FrequencyPenalty != 0;
        if (hasPenalty) _counts = new TokenCounts(prompt, answerMax);
        if (options.AllowedTokens is { } allowed) _allowed = MaskOf(allowed);
        if (options.BadSequences.Count > 0) _bad = new BadSequences(options.BadSequences);
    }

    /// <summary>Whether a token ends the answer and has no text.</summary>
    public bool IsEnd(int token) => Array.IndexOf(_ends, token) >= 0;

    /// <summary>
    /// How many tokens of a draft the answer can take, as far as the grammar's texts and end tokens tell: behind an end nothing follows.
    /// </summary>
    public int CountPossible(ReadOnlySpan<int> draft)
    {
        MatchState? state = _matcher?.State;
        for (int i = 0; i < draft.Length; i++)
        {
            if (IsEnd(draft[i])) return state is null or { Accepts: true } ? i + 1 : i;
            if (state is null) continue;
            state = _matcher!.After(state, draft[i]);
            if (state == MatchState.Dead) return i;
            if (GrammarMatcher.IsCompleteAt(state)) return i + 1;
        }

        return draft.Length;
    }

    /// <summary>Whether the answer is over with a draft of what follows, all of which is possible.</summary>
    public bool EndsAfter(ReadOnlySpan<int> draft) =>
        IsEnd(draft[^1]) || (After(draft) is { } state && GrammarMatcher.IsCompleteAt(state));

    /// <summary>Rules out the tokens that the grammar does not allow.</summary>
    /// <param name="logits">A row of the model's.</param>
    /// <param name="generated">Tokens of the answer before this one.</param>
    /// <param name="draft">The last of them that are only drafted, all of which is possible and does not end the answer.</param>
    public void Restrict(Span<float> logits, int generated, ReadOnlySpan<int> draft = default)
    {
        if (_matcher is null || After(draft) is not { } state) return;
        for (int i = 0; i < _ends.Length; i++) _endLogits[i] = _ends[i] < logits.Length ? logits[_ends[i]] : float.NegativeInfinity;
        Keep(logits, _matcher.Following(state, _answerMax - generated));
        for (int i = 0; i < _ends.Length; i++)
        {
            if (_ends[i] < logits.Length) logits[_ends[i]] = state.Accepts ? _endLogits[i] : float.NegativeInfinity;
        }
    }

    /// <summary>Whether <see cref="Adjust"/> would change anything.</summary>
    public bool Adjusts(int generated) =>
        generated < _options.MinTokens || _biased.Length > 0 || _counts is not null || _allowed is not null || _bad is not null;

    /// <summary>Applies everything but the grammar.</summary>
    public void Adjust(Span<float> logits, int generated)
    {
        if (generated < _options.MinTokens)
        {
            foreach (int end in _ends)
            {
                if (end < logits.Length) logits[end] = float.NegativeInfinity;
            }
        }

        if (_allowed is not null) Keep(logits, _allowed);
        _bad?.RuleOut(logits);
        for (int i = 0; i < _biased.Length; i++) logits[_biased[i]] += _biases[i];
        if (_counts is not null) Penalize(logits, _counts);
    }

    /// <summary>Notes a drawn token; says when the answer is complete with it although no end token was drawn.</summary>
    public FinishReason? Append(int token, int generated)
    {
        _counts?.Add(token);
        _bad?.Append(token);
        if (_matcher is null || IsEnd(token)) return null;
        _matcher.Advance(token);
        if (_matcher.IsComplete) return FinishReason.Stop;
        int left = _answerMax - generated;
        // Without an end token to draw, an answer that cannot go on in time is at its limit.
        bool isStuck = _ends.Length == 0 && left > 0 && _matcher.Accepts && !_matcher.CanContinue(left);
        return isStuck ? FinishReason.Length : null;
    }

    private static ulong[] MaskOf(IReadOnlyList<int> tokens)
    {
        int highest = 0;
        for (int i = 0; i < tokens.Count; i++) highest = Math.Max(highest, tokens[i]);
        var mask = new ulong[(highest / 64) + 1];
        for (int i = 0; i < tokens.Count; i++) mask[tokens[i] / 64] |= 1ul << (tokens[i] % 64);
        return mask;
    }

    /// <summary>Rules out the tokens whose bit is not set; a mask that is too short has no bits there.</summary>
    private static void Keep(Span<float> logits, ReadOnlySpan<ulong> allowed)
    {
        for (int word = 0; word < allowed.Length; word++)
        {
            Span<float> part = logits[(word * 64)..Math.Min((word * 64) + 64, logits.Length)];
            ulong bits = allowed[word];
            if (bits == 0)
            {
                part.Fill(float.NegativeInfinity);
                continue;
            }

            if (bits == ulong.MaxValue) continue;
            for (int bit = 0; bit < part.Length; bit++)
            {
                if ((bits >> bit & 1) == 0) part[bit] = float.NegativeInfinity;
            }
        }

        if (allowed.Length * 64 < logits.Length) logits[(allowed.Length * 64)..].Fill(float.NegativeInfinity);
    }

    private MatchState? After(ReadOnlySpan<int> draft)
    {
        MatchState? state = _matcher?.State;
        for (int i = 0; i < draft.Length && state is not null; i++) state = _matcher!.After(state, draft[i]);
        return state;
    }

    /// <summary>
    /// vLLM's definitions: the repetition penalty divides positive logits and multiplies negative ones of every token seen; the
    /// frequency penalty counts what was generated, the presence penalty whether it was.
    /// </summary>
    private void Penalize(Span<float> logits, TokenCounts counts)
    {
        ReadOnlySpan<int> tokens = counts.Tokens, generated = counts.Generated;
        float repetition = _options.RepetitionPenalty;
        for (int i = 0; i < tokens.Length; i++)
        {
            ref float logit = ref logits[tokens[i]];
            logit = logit > 0 ? logit / repetition : logit * repetition;
            if (generated[i] == 0) continue;
            logit -= (_options.FrequencyPenalty * generated[i]) + _options.PresencePenalty;
        }
    }
}
