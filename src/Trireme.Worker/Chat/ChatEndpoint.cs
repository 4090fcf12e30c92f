using Microsoft.AspNetCore.Http;
using Trireme.Contracts.OpenAi;
using Trireme.Inference.Generation;
using Trireme.Worker.Answers;
using Trireme.Worker.Hosting;
using Trireme.Worker.Http;
using Trireme.Worker.Tools;

namespace Trireme.Worker.Chat;

/// <summary>POST /v1/chat/completions.</summary>
internal sealed class ChatEndpoint(TimeProvider time)
{
    public async Task<WorkerError?> HandleAsync(HttpContext context, ServedModel model)
    {
        long arrivedAt = time.GetTimestamp();
        JsonBody<ChatCompletionRequest> body = await JsonBody.ReadAsync<ChatCompletionRequest>(context, model.Engine.Model.VocabularySize);
        if (body.Value is not { } request) return body.Error;
        var sampling = ChatRules.ReadSampling(request);
        if (ChatRules.FindProblem(request, model, sampling) is { } problem) return problem;
        ToolUse tools = ToolUse.Read(request, model, out WorkerError? toolProblem);
        if (toolProblem is not null) return toolProblem;
        sampling = tools.Apply(sampling, model.Reasoning);

        PromptTruncation? truncation = PromptTruncation.Read(
            request.TruncatePromptTokens,
            request.TruncationSide,
            cutsStart: true,
            model.Engine.Model.ContextLength,
            answers: true,
            out WorkerError? refused);
        if (refused is not null) return refused;
        EncodedPrompt prompt = (ChatPrompt.From(request, tools) with { Truncation = truncation }).Encode(model, time);
        if (prompt.Tokens is not { } tokens) return prompt.Error;

        // Under a constraint the answer is its document from the first token on, wherever the template left off.
        bool isThinking = tools.LeavesThinking(sampling) && model.Reasoning.IsOpenedBy(tokens);
        SamplingOptions options = sampling.Resolve(model.Engine, out refused);
        if (refused is not null) return refused;
        QueueTurn turn = QueueTurn.Read(context, time, arrivedAt, request.Priority, out refused);
        if (refused is not null) return refused;
        string? adapter = model.AdapterOf(request.Model);
        var plan = new AnswerPlan
        {
            Header = new AnswerHeader(
                AnswerId.Of("chatcmpl", context, request.RequestId),
                adapter ?? model.Identity.ModelName,
                model.Identity.Release,
                time.GetUtcNow()),
            Adapter = adapter,
            Prompts = [tokens],
            AnswersPerPrompt = request.N ?? 1,
            Turn = turn,
            Sampling = options,
            CacheSalt = CacheSalt.Of(context, request.CacheSalt),
            ArrivedAt = arrivedAt,
            PromptField = "messages",
            ConstraintField = sampling.Constraint.Field,
            PromptLogprobs = request.PromptLogprobs,
            Stream = request.Stream ?? false,
            Echo = request.Echo == true && request.Messages is [.., { Role: "assistant", Content: { } said }] ? said : "",
            IncludeUsage = request.StreamOptions?.IncludeUsage ?? false,
            ContinuousUsage = request.StreamOptions?.ContinuousUsageStats ?? false,
            ReturnTokenIds = request.ReturnTokenIds ?? false,
        };
        var texts = new TokenTexts(model.Engine.Tokenizer, request.ReturnTokensAsTokenIds ?? false);
        var format = new ChatAnswerFormat(plan, texts, tools, isThinking);
        return await AnswerDelivery.RunAsync(context, model.Engine, plan, format);
    }
}
