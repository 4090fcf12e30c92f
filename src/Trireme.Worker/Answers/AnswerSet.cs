using Microsoft.AspNetCore.Http;
using Trireme.Contracts.OpenAi;
using Trireme.Inference.Generation;
using Trireme.Worker.Http;

namespace Trireme.Worker.Answers;

/// <summary>
/// The answers to one HTTP request: n for each of its prompts, some of which compute at a time, so that a long list does not fill the
/// engine's queue alone. Disposing cancels what still runs.
/// </summary>
internal sealed class AnswerSet : IDisposable
{
    /// <summary>Answers of one request that wait or compute at once.</summary>
    private const int MaxOpen = 128;

    private readonly IInferenceEngine _engine;
    private readonly AnswerPlan _plan;
    private readonly CancellationToken _clientGone;
    private readonly CancellationTokenSource _cancellation;
    private readonly List<Answer> _answers = [];
    private readonly List<PromptAnswers> _prompts = [];
    private readonly int _lanes;
    private int _next;

    private AnswerSet(IInferenceEngine engine, AnswerPlan plan, CancellationToken clientGone)
    {
        _engine = engine;
        _plan = plan;
        _clientGone = clientGone;
        _cancellation = CancellationTokenSource.CreateLinkedTokenSource(clientGone);
        _lanes = Math.Min(plan.Prompts.Count, Math.Max(1, MaxOpen / (plan.BestOf ?? plan.AnswersPerPrompt)));
        foreach (IReadOnlyList<int> prompt in plan.Prompts)
        {
            int first = _answers.Count;
            for (int n = 0; n < plan.AnswersPerPrompt; n++) _answers.Add(new Answer(first + n, prompt));
            _prompts.Add(new PromptAnswers(_answers.GetRange(first, plan.AnswersPerPrompt)));
        }
    }

    public IReadOnlyList<Answer> Answers => _answers;

    /// <summary>The first prompt's, of which the engine has been told.</summary>
    public PromptAnswers First => _prompts[0];

    /// <summary>Hands the answers to the engine, as many as may be open, or none of them.</summary>
    /// <exception cref="OperationCanceledException">The client left while the engine compiled what holds the answers.</exception>
    public static AnswerSet? Submit(
        IInferenceEngine engine, AnswerPlan plan, CancellationToken clientGone, out WorkerError? error)
    {
        var answers = new AnswerSet(engine, plan, clientGone);
        error = null;
        bool isOpen = false;
        try
        {
            while (answers._next < answers._lanes && error is null) error = answers.Submit(answers._next++);
            isOpen = error is null;
            return isOpen ? answers : null;
        }
        finally
        {
            if (!isOpen) answers.Dispose();
        }
    }

    /// <summary>Reads all answers, and hands the engine the next prompt when one has ended.</summary>
    /// <param name="read">Reads the events of one prompt's answers to their end; null, or how one failed.</param>
    /// <returns>Null, or the failure that is a cause: the aborts of the other answers follow from it.</returns>
    public async Task<WorkerError?> ReadAsync(Func<PromptAnswers, Task<TokenEvent?>> read)
    {
        var lanes = new Task<Failure>[_lanes];
        for (int i = 0; i < lanes.Length; i++) lanes[i] = ReadLaneAsync(i, read);
        Failure[] ends = await Task.WhenAll(lanes);
        Failure failed = Array.Find(ends, static end => end.IsCause);
        if (failed == default) failed = Array.Find(ends, static end => end != default);
        return failed.Refused ?? (failed.Ended is { } ended ? AnswerDelivery.Describe(ended, _clientGone) : null);
    }

    public void Dispose()
    {
        _cancellation.Cancel();
        _cancellation.Dispose();
    }

    /// <summary>Each prompt counts once, however many answers it got.</summary>
    public Usage CountUsage(int answersPerPrompt)
    {
        int prompt = 0;
        int cached = 0;
        int generated = 0;
        for (int i = 0; i < _answers.Count; i++)
        {
            Answer answer = _answers[i];
            generated += answer.GeneratedTokens;
            if (i % answersPerPrompt != 0) continue;
            prompt += answer.PromptTokens.Count;
            cached += answer.CachedPromptTokens;
        }

        return new Usage
        {
            PromptTokens = prompt,
            CompletionTokens = generated,
            TotalTokens = prompt + generated,
            PromptTokensDetails = new PromptTokensDetails { CachedTokens = cached },
        };
    }

    private async Task<Failure> ReadLaneAsync(int prompt, Func<PromptAnswers, Task<TokenEvent?>> read)
    {
        while (true)
        {
            if (await read(_prompts[prompt]) is { } ended)
            {
                await _cancellation.CancelAsync();
                return new Failure(ended, Refused: null);
            }

            prompt = Interlocked.Increment(ref _next) - 1;
            if (prompt >= _prompts.Count || _cancellation.IsCancellationRequested) return default;
            if (SubmitOrGiveUp(prompt) is not { } refused) continue;
            await _cancellation.CancelAsync();
            return refused;
        }
    }

    /// <summary>
    /// Null once the engine has the prompt. Another lane may fail while the engine compiles for this one, which ends this one too; that
    /// is no failure of its own, and the other one tells the cause. That the client left is nobody's failure and is thrown.
    /// </summary>
    private Failure? SubmitOrGiveUp(int prompt)
    {
        try
        {
            return Submit(prompt) is { } refused ? new Failure(Ended: null, refused) : null;
        }
        catch (OperationCanceledException) when (!_clientGone.IsCancellationRequested && _cancellation.IsCancellationRequested)
        {
            return default(Failure);
        }
    }

    private WorkerError? Submit(int prompt)
    {
        IReadOnlyList<int> tokens = _plan.Prompts[prompt];
        var request = new GenerationRequest
        {
            Id = $"{_plan.Header.Id}-{prompt}",
            PromptTokens = tokens,
            Sampling = WithinContext(_plan.Sampling, tokens.Count),
            Choices = _plan.AnswersPerPrompt,
            BestOf = _plan.BestOf,
            CacheSalt = _plan.CacheSalt,
            Adapter = _plan.Adapter,
            Priority = _plan.Turn.Priority,
            Tenant = _plan.Turn.Tenant,
            Weight = _plan.Turn.Weight,
            Deadline = _plan.Turn.Deadline,
            ArrivedAt = _plan.ArrivedAt,
        };
        SubmitResult result = _engine.Submit(request, _cancellation.Token);
        if (result.Events is not { } events) return Describe(result, _plan.PromptField, _plan.ConstraintField);
        _prompts[prompt].Begin(events);
        return null;
    }

    /// <summary>
    /// An answer gets what the prompt leaves of the context, as in vLLM; a prompt that leaves nothing is the engine's to refuse.
    /// </summary>
    private SamplingOptions WithinContext(SamplingOptions sampling, int promptTokens)
    {
        int left = _engine.Model.ContextLength - promptTokens;
        return sampling.MaxTokens > left && left > 0 ? sampling with { MaxTokens = left } : sampling;
    }

    /// <summary>Why the engine refused a request.</summary>
    /// <param name="result">The refusal.</param>
    /// <param name="promptField">Field that holds the prompt.</param>
    /// <param name="constraintField">Field that holds the constraint on the answer, if there is one.</param>
    public static WorkerError Describe(SubmitResult result, string promptField, string? constraintField)
    {
        string message = result.Message ?? $"The engine refused the request: {result.Error}.";
        return result.Error switch
        {
            SubmitError.InvalidPrompt => WorkerError.Invalid(promptField, message),
            SubmitError.ContextLengthExceeded => WorkerError.Invalid(promptField, message, OpenAiErrorCodes.ContextLengthExceeded),
            // The message starts with the field.
            SubmitError.InvalidSampling => WorkerError.Invalid(message.Split(' ')[0], message),
            SubmitError.InvalidConstraint => WorkerError.Invalid(constraintField, $"{constraintField}: {message}"),
            // It was unloaded since the request was checked.
            SubmitError.UnknownAdapter => WorkerError.UnknownModel(message),
            SubmitError.InvalidRequest => WorkerError.Invalid(null, message),
            SubmitError.Overloaded => WorkerError.Overloaded(message),
            SubmitError.Asleep => WorkerError.Asleep(message),
            _ => WorkerError.EngineFailed(StatusCodes.Status503ServiceUnavailable, message),
        };
    }

    /// <summary>How the answers of one lane broke off.</summary>
    private readonly record struct Failure(TokenEvent? Ended, WorkerError? Refused)
    {
        public bool IsCause => Refused is not null || Ended?.FinishReason == FinishReason.Error;
    }
}
