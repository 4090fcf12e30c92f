using Microsoft.AspNetCore.Http;
using Trireme.Contracts.OpenAi;
using Trireme.Inference.Generation;
using Trireme.Worker.Http;

namespace Trireme.Worker.Answers;

/// <summary>The answers to one HTTP request: n for each of its prompts. Disposing cancels what still runs.</summary>
internal sealed class AnswerSet : IDisposable
{
    private readonly CancellationTokenSource _cancellation;
    private readonly List<Answer> _answers = [];
    private readonly List<PromptAnswers> _prompts = [];

    private AnswerSet(CancellationToken clientGone) => _cancellation = CancellationTokenSource.CreateLinkedTokenSource(clientGone);

    public IReadOnlyList<Answer> Answers => _answers;

    /// <summary>The same answers by prompt.</summary>
    public IReadOnlyList<PromptAnswers> Prompts => _prompts;

    /// <summary>Hands all answers to the engine, or none of them.</summary>
    public static AnswerSet? Submit(
        IInferenceEngine engine, AnswerPlan plan, CancellationToken clientGone, out WorkerError? error)
    {
        var answers = new AnswerSet(clientGone);
        foreach (IReadOnlyList<int> prompt in plan.Prompts)
        {
            error = answers.Add(engine, plan, prompt);
            if (error is null) continue;
            answers.Dispose();
            return null;
        }

        error = null;
        return answers;
    }

    public void Cancel() => _cancellation.Cancel();

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

    private WorkerError? Add(IInferenceEngine engine, AnswerPlan plan, IReadOnlyList<int> prompt)
    {
        var request = new GenerationRequest
        {
            Id = $"{plan.Header.Id}-{_prompts.Count}",
            PromptTokens = prompt,
            Sampling = plan.Sampling,
            Choices = plan.AnswersPerPrompt,
            BestOf = plan.BestOf,
            CacheSalt = plan.CacheSalt,
            Adapter = plan.Adapter,
            Priority = plan.Priority,
            Tenant = plan.Turn.Tenant,
            Weight = plan.Turn.Weight,
            Deadline = plan.Turn.Deadline,
            ArrivedAt = plan.ArrivedAt,
        };
        SubmitResult result = engine.Submit(request, _cancellation.Token);
        if (result.Events is not { } events) return Describe(result, plan.PromptField, plan.ConstraintField);
        int first = _answers.Count;
        for (int n = 0; n < plan.AnswersPerPrompt; n++) _answers.Add(new Answer(first + n, prompt));
        _prompts.Add(new PromptAnswers(_answers.GetRange(first, plan.AnswersPerPrompt), events));
        return null;
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
}
