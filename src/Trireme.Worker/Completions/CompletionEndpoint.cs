using Microsoft.AspNetCore.Http;
using Trireme.Contracts.OpenAi;
using Trireme.Inference.Generation;
using Trireme.Worker.Answers;
using Trireme.Worker.Hosting;
using Trireme.Worker.Http;

namespace Trireme.Worker.Completions;

/// <summary>POST /v1/completions.</summary>
internal sealed class CompletionEndpoint(TimeProvider time)
{
    /// <summary>OpenAI's default for this route.</summary>
    private const int DefaultMaxTokens = 16;

    public async Task<WorkerError?> HandleAsync(HttpContext context, ServedModel model)
    {
        long arrivedAt = time.GetTimestamp();
        JsonBody<CompletionRequest> body = await JsonBody.ReadAsync<CompletionRequest>(context);
        if (body.Value is not { } request) return body.Error;
        if (CompletionRules.FindProblem(request, model) is { } problem) return problem;

        IReadOnlyList<int>[] prompts = Encode(request, model.Engine, out WorkerError? refused);
        if (refused is not null) return refused;
        QueueTurn turn = QueueTurn.Read(context, time, arrivedAt, out WorkerError? turnProblem);
        if (turnProblem is not null) return turnProblem;
        string? adapter = model.AdapterOf(request.Model);
        var plan = new AnswerPlan
        {
            Header = new AnswerHeader(
                $"cmpl-{Guid.NewGuid():N}", adapter ?? model.Identity.ModelName, model.Identity.Release, time.GetUtcNow()),
            Adapter = adapter,
            Prompts = prompts,
            AnswersPerPrompt = request.N ?? 1,
            BestOf = request.BestOf,
            Priority = request.Priority ?? 0,
            Turn = turn,
            Sampling = ReadSampling(request, prompts, model.Engine.Model),
            CacheSalt = request.CacheSalt,
            ArrivedAt = arrivedAt,
            PromptField = "prompt",
            ConstraintField = CompletionRules.ReadSampling(request).Constraint.Field,
            PromptLogprobs = request.PromptLogprobs,
            Stream = request.Stream ?? false,
            IncludeUsage = request.StreamOptions?.IncludeUsage ?? false,
            ReturnTokenIds = request.ReturnTokenIds ?? false,
        };
        var texts = new TokenTexts(model.Engine.Tokenizer);
        string[]? echoes = request.Echo == true ? Echoes(request, model.Engine) : null;
        return await AnswerDelivery.RunAsync(context, model.Engine, plan, new CompletionAnswerFormat(plan, texts, echoes));
    }

    private static IReadOnlyList<int>[] Encode(CompletionRequest request, IInferenceEngine engine, out WorkerError? error)
    {
        IReadOnlyList<PromptInput> inputs = request.Prompt!.Inputs;
        var prompts = new IReadOnlyList<int>[inputs.Count];
        for (int i = 0; i < prompts.Length; i++)
        {
            if (inputs[i].Tokens is { } tokens)
            {
                prompts[i] = tokens;
                continue;
            }

            EncodedPrompt encoded = EncodedPrompt.From(engine.Tokenizer, inputs[i].Text!, request.AddSpecialTokens ?? true, "prompt");
            error = encoded.Error;
            if (encoded.Tokens is null) return [];
            prompts[i] = encoded.Tokens;
        }

        error = null;
        return prompts;
    }

    /// <summary>The texts to put before the answers, one per prompt.</summary>
    private static string[] Echoes(CompletionRequest request, IInferenceEngine engine)
    {
        IReadOnlyList<PromptInput> inputs = request.Prompt!.Inputs;
        var echoes = new string[inputs.Count];
        for (int i = 0; i < echoes.Length; i++)
        {
            echoes[i] = inputs[i].Text ?? engine.Tokenizer.Decode([.. inputs[i].Tokens!], skipSpecial: false);
        }

        return echoes;
    }

    private static SamplingOptions ReadSampling(
        CompletionRequest request, IReadOnlyList<int>[] prompts, ModelDescription model)
    {
        // A wanted length that does not fit is refused by the engine; the default only takes what is left.
        int left = model.ContextLength - prompts.Max(static prompt => prompt.Count);
        int maxTokens = request.MaxTokens ?? Math.Clamp(left, 1, DefaultMaxTokens);
        return (CompletionRules.ReadSampling(request) with { MaxTokens = maxTokens }).Resolve(model.DefaultSampling);
    }
}
