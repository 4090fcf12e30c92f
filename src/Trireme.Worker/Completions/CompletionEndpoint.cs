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
        JsonBody<CompletionRequest> body = await JsonBody.ReadAsync<CompletionRequest>(context, model.Engine.Model.VocabularySize);
        if (body.Value is not { } request) return body.Error;
        if (CompletionRules.FindProblem(request, model) is { } problem) return problem;

        IReadOnlyList<int>[] prompts = Encode(request, model.Engine, out WorkerError? refused);
        if (refused is not null) return refused;
        SamplingOptions sampling = ReadSampling(request, prompts, model.Engine, out refused);
        if (refused is not null) return refused;
        QueueTurn turn = QueueTurn.Read(context, time, arrivedAt, request.Priority, out refused);
        if (refused is not null) return refused;
        string? adapter = model.AdapterOf(request.Model);
        var plan = new AnswerPlan
        {
            Header = new AnswerHeader(
                AnswerId.Of("cmpl", context, request.RequestId),
                adapter ?? model.Identity.ModelName,
                model.Identity.Release,
                time.GetUtcNow()),
            Adapter = adapter,
            Prompts = prompts,
            AnswersPerPrompt = request.N ?? 1,
            BestOf = request.BestOf,
            Turn = turn,
            Sampling = sampling,
            CacheSalt = CacheSalt.Of(context, request.CacheSalt),
            ArrivedAt = arrivedAt,
            PromptField = "prompt",
            ConstraintField = CompletionRules.ReadSampling(request).Constraint.Field,
            PromptLogprobs = request.PromptLogprobs,
            Stream = request.Stream ?? false,
            IncludeUsage = request.StreamOptions?.IncludeUsage ?? false,
            ContinuousUsage = request.StreamOptions?.ContinuousUsageStats ?? false,
            ReturnTokenIds = request.ReturnTokenIds ?? false,
        };
        var texts = new TokenTexts(model.Engine.Tokenizer, request.ReturnTokensAsTokenIds ?? false);
        string[]? echoes = request.Echo == true ? Echoes(request, prompts, model.Engine) : null;
        return await AnswerDelivery.RunAsync(context, model.Engine, plan, new CompletionAnswerFormat(plan, texts, echoes));
    }

    private static IReadOnlyList<int>[] Encode(CompletionRequest request, IInferenceEngine engine, out WorkerError? error)
    {
        CompletionPrompt asked = request.Prompt!;
        PromptTruncation? truncation = PromptTruncation.Read(
            request.TruncatePromptTokens,
            request.TruncationSide,
            cutsStart: true,
            engine.Model.ContextLength,
            answers: true,
            out error);
        if (error is not null) return [];
        var prompts = new IReadOnlyList<int>[asked.Inputs.Count];
        for (int i = 0; i < prompts.Length; i++)
        {
            string field = PromptRules.FieldOf(asked, "prompt", i);
            EncodedPrompt encoded = PromptRules.Encode(
                engine, asked.Inputs[i], request.AddSpecialTokens ?? true, field, truncation, room: request.MaxTokens == 0 ? 0 : 1);
            error = encoded.Error;
            if (encoded.Tokens is null) return [];
            prompts[i] = encoded.Tokens;
        }

        return prompts;
    }

    /// <summary>The texts to put before the answers, one per prompt: of what was computed, where a longer prompt was cut.</summary>
    private static string[] Echoes(CompletionRequest request, IReadOnlyList<int>[] prompts, IInferenceEngine engine)
    {
        IReadOnlyList<PromptInput> inputs = request.Prompt!.Inputs;
        var echoes = new string[inputs.Count];
        for (int i = 0; i < echoes.Length; i++)
        {
            string? text = request.TruncatePromptTokens is null ? inputs[i].Text : null;
            echoes[i] = text ?? engine.Tokenizer.Decode([.. prompts[i]], skipSpecial: false);
        }

        return echoes;
    }

    private static SamplingOptions ReadSampling(
        CompletionRequest request, IReadOnlyList<int>[] prompts, IInferenceEngine engine, out WorkerError? error)
    {
        int left = engine.Model.ContextLength - prompts.Max(static prompt => prompt.Count);
        int maxTokens = request.MaxTokens ?? Math.Clamp(left, 1, DefaultMaxTokens);
        return (CompletionRules.ReadSampling(request) with { MaxTokens = maxTokens }).Resolve(engine, out error);
    }
}
