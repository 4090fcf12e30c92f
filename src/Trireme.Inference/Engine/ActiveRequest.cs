using System.Threading.Channels;
using Trireme.Inference.Adapters;
using Trireme.Inference.Generation;
using Trireme.Inference.Models;
using Trireme.Inference.Sampling;
using Trireme.Inference.Scheduling;
using Trireme.Inference.Speculation;
using Trireme.Inference.Tokenizers;

namespace Trireme.Inference.Engine;

/// <summary>One answer from its acceptance to its last event: the sequence it computes, the text it has become and its reader.</summary>
internal sealed class ActiveRequest : Sequence
{
    private static readonly SamplingOptions PromptOnly = new() { MaxTokens = 0 };

    private readonly int _answerMax;
    private readonly int? _ordinaryEnd;
    private readonly IncrementalDetokenizer _detokenizer;
    private readonly StopTextFilter _stopFilter;
    private readonly List<TokenLogProbability?> _promptLogProbabilities;
    private readonly AnswerChannel _channel;

    private ActiveRequest(
        GenerationRequest request,
        ITokenizer tokenizer,
        AnswerLimits limits,
        long submittedAt,
        AnswerChannel channel,
        ActiveRequest? first,
        ServedAdapter? adapter,
        CancellationToken cancellationToken)
        : base(request.PromptTokens, request.CacheSalt, SharesPrefixOf(request), adapter?.Weights)
    {
        Id = request.Id;
        Choice = first is null ? 0 : first.Forks.Count + 1;
        Sampling = request.Sampling;
        Adapter = adapter;
        // vLLM derives the seeds of further answers the same way, so that a repeated request gets the same set of answers.
        Seed = request.Sampling.Seed is { } seed ? unchecked(seed + Choice) : Random.Shared.NextInt64();
        Priority = request.Priority;
        Tenant = request.Tenant ?? "";
        Weight = request.Weight;
        Deadline = request.Deadline;
        Pool = request.Embedding is { } embedding ? new EmbeddingPool(embedding, limits.HiddenSize, request.PromptTokens.Count) : null;
        _channel = channel;
        _promptLogProbabilities = first?._promptLogProbabilities ?? [null];
        Timings = new RequestTimings { ArrivedAt = request.ArrivedAt ?? submittedAt, QueuedAt = submittedAt };
        CancellationToken = cancellationToken;
        _answerMax = Math.Min(request.Sampling.MaxTokens ?? int.MaxValue, limits.ContextLength - request.PromptTokens.Count);
        Rules = new TokenRules(request.Sampling, request.PromptTokens, limits.EndTokens, _answerMax, request.Grammar);
        _ordinaryEnd = tokenizer.OrdinaryEnd;
        _detokenizer = new IncrementalDetokenizer(tokenizer, skipSpecial: !request.Sampling.ShowsSpecialTokens, continues: true)
        {
            ShownSpecialTokens = request.Sampling.ShownSpecialTokens,
        };
        _stopFilter = new StopTextFilter(request.Sampling.Stop, request.Sampling.IncludesStop);
    }

    /// <summary>How many answers a request is taken apart into.</summary>
    public static int AnswersOf(GenerationRequest request) => request.Embedding is null ? request.BestOf ?? request.Choices : 1;

    /// <summary>Takes a request apart into its answers: the first one, with the others as its forks.</summary>
    public static ActiveRequest Create(
        GenerationRequest request,
        ITokenizer tokenizer,
        AnswerLimits limits,
        long submittedAt,
        ServedAdapter? adapter,
        CancellationToken cancellationToken)
    {
        if (request.Embedding is not null) request = request with { Sampling = PromptOnly, Choices = 1, BestOf = null };
        int computed = request.BestOf ?? request.Choices;
        bool showsLogProbabilities = request.Sampling.LogProbabilities is not null;
        // The best answers are found by their log-probabilities, wanted by the client or not.
        if (computed > request.Choices && !showsLogProbabilities)
        {
            request = request with { Sampling = request.Sampling with { LogProbabilities = 0 } };
        }

        var channel = new AnswerChannel(computed, request.Choices, showsLogProbabilities);
        var first = new ActiveRequest(request, tokenizer, limits, submittedAt, channel, first: null, adapter, cancellationToken);
        for (int i = 1; i < computed; i++)
        {
            first.AddFork(new ActiveRequest(request, tokenizer, limits, submittedAt, channel, first, adapter, cancellationToken));
        }

        return first;
    }

    public string Id { get; }

    /// <summary>Which of a request's answers this is; only the first one's prompt counts.</summary>
    public int Choice { get; }

    public SamplingOptions Sampling { get; }

    /// <summary>The adapter that answers, which counts this answer's start and end; null for the model alone.</summary>
    public ServedAdapter? Adapter { get; }

    /// <summary>
    /// True when the engine has dropped the adapter's memory since the request was made, and has read it again or, if the adapter was
    /// unloaded meanwhile, not: what the request refers to is gone. Asked by the engine's thread, which alone does that.
    /// </summary>
    public bool HasLostAdapter => Adapter is not null && (!Adapter.IsResident || Adapter.Weights != Blocks.Adapter);

    public long Seed { get; }

    /// <summary>What this request does to the model's logits.</summary>
    public TokenRules Rules { get; }

    /// <summary>Most tokens the answer can still get.</summary>
    public int AnswerLeft => _answerMax - GeneratedCount;

    /// <summary>Drafts of the answer's next tokens; null without speculation.</summary>
    public SequenceDrafts? Drafts { get; set; }

    public RequestTimings Timings { get; }

    public CancellationToken CancellationToken { get; }

    /// <summary>Where the states of a prompt that is embedded are collected; null for all other requests.</summary>
    public EmbeddingPool? Pool { get; }

    public ChannelReader<TokenEvent> Events => _channel.Events;

    public bool WantsAnswer => Sampling.MaxTokens is not 0;

    public bool WantsPromptLogProbabilities => Sampling.PromptLogProbabilities is not null;

    /// <summary>True when the logits after this position say how likely the next prompt token was and it is not recorded yet.</summary>
    public bool AwaitsPromptLogProbability(int position) =>
        WantsPromptLogProbabilities && position + 1 < PromptLength && position + 1 == _promptLogProbabilities.Count;

    public void AddPromptLogProbability(TokenLogProbability value) => _promptLogProbabilities.Add(value);

    /// <summary>Adds a sampled token. The event says why the answer ends with it, if it does.</summary>
    public TokenEvent Accept(int token, TokenLogProbability? logProbability)
    {
        Tokens.Add(token);
        bool isEnd = Rules.IsEnd(token);
        FinishReason? completed = Rules.Append(token, GeneratedCount);
        string added = isEnd && !Sampling.IncludesStop ? "" : _detokenizer.Append(token);
        // A stop text counts only where it begins after the tokens that must be there.
        StopTextResult result =
            GeneratedCount <= Sampling.MinTokens ? new StopTextResult(added, Stopped: false) : _stopFilter.Append(added);
        string text = result.Visible;
        FinishReason? reason =
            isEnd || result.Stopped ? FinishReason.Stop : completed ?? (AnswerLeft <= 0 ? FinishReason.Length : null);
        if (reason is not null && !result.Stopped) text += Rest();
        return new TokenEvent
        {
            Choice = Choice,
            TokenId = token,
            Text = text,
            LogProbability = logProbability,
            PromptLogProbabilities = GeneratedCount == 1 ? PromptLogProbabilities : null,
            FinishReason = reason,
            StopText = result.Stopped ? _stopFilter.Matched : null,
            StopToken = isEnd && IsNamed(token) ? token : null,
            CachedPromptTokens = reason is null ? null : CachedTokens,
        };
    }

    /// <summary>The end of an answer without a further token.</summary>
    public TokenEvent Ending(FinishReason reason, string? error) =>
        new()
        {
            Choice = Choice,
            PromptLogProbabilities = reason == FinishReason.Length ? PromptLogProbabilities : null,
            FinishReason = reason,
            CachedPromptTokens = CachedTokens,
            Error = error,
        };

    /// <summary>The end of a prompt that was embedded.</summary>
    public TokenEvent Embedded(float[] vector) =>
        new() { Choice = Choice, Embedding = vector, FinishReason = FinishReason.Stop, CachedPromptTokens = CachedTokens };

    /// <summary>Hands an event to the reader.</summary>
    public void Publish(TokenEvent tokenEvent) => _channel.Publish(tokenEvent);

    /// <summary>Whether an end is told by its token, as vLLM does: each but the tokenizer's own.</summary>
    private bool IsNamed(int end) => _ordinaryEnd is { } ordinary ? end != ordinary : Sampling.StopTokens.Contains(end);

    private static bool SharesPrefixOf(GenerationRequest request) => request.Embedding is { } embedding
        ? EmbeddingPool.SharesPrefix(embedding)
        : request.Sampling.PromptLogProbabilities is null;

    private List<TokenLogProbability?>? PromptLogProbabilities => WantsPromptLogProbabilities ? _promptLogProbabilities : null;

    /// <summary>What was held back: half a character, then what might have become a stop text.</summary>
    private string Rest()
    {
        StopTextResult result = _stopFilter.Append(_detokenizer.Flush());
        return result.Stopped ? result.Visible : result.Visible + _stopFilter.Flush();
    }
}

/// <summary>What ends every answer of a model, and the length of its hidden states.</summary>
internal sealed record AnswerLimits(int ContextLength, IReadOnlySet<int> EndTokens, int HiddenSize);

/// <summary>Timestamps of one TimeProvider.</summary>
internal sealed class RequestTimings
{
    /// <summary>When the request reached the server, before it was tokenized.</summary>
    public required long ArrivedAt { get; init; }

    public required long QueuedAt { get; init; }

    public long? StartedAt { get; set; }

    public long? FirstTokenAt { get; set; }

    public long? LastTokenAt { get; set; }
}
