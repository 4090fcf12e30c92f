using Microsoft.AspNetCore.Http;
using Trireme.Contracts.OpenAi;
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
        JsonBody<ChatCompletionRequest> body = await JsonBody.ReadAsync<ChatCompletionRequest>(context);
        if (body.Value is not { } request) return body.Error;
        var sampling = ChatRules.ReadSampling(request);
        if (ChatRules.FindProblem(request, model, sampling) is { } problem) return problem;
        ToolUse tools = ToolUse.Read(request, model, out WorkerError? toolProblem);
        if (toolProblem is not null) return toolProblem;
        sampling = tools.Apply(sampling);

        EncodedPrompt prompt = ChatPrompt.From(request, tools).Encode(model.Engine, time);
        if (prompt.Tokens is not { } tokens) return prompt.Error;

        QueueTurn turn = QueueTurn.Read(context, time, arrivedAt, out WorkerError? turnProblem);
        if (turnProblem is not null) return turnProblem;
        string? adapter = model.AdapterOf(request.Model);
        var plan = new AnswerPlan
        {
            Header = new AnswerHeader(
                $"chatcmpl-{Guid.NewGuid():N}", adapter ?? model.Identity.ModelName, model.Identity.Release, time.GetUtcNow()),
            Adapter = adapter,
            Prompts = [tokens],
            AnswersPerPrompt = request.N ?? 1,
            Priority = request.Priority ?? 0,
            Turn = turn,
            Sampling = sampling.Resolve(model.Engine.Model.DefaultSampling),
            CacheSalt = request.CacheSalt,
            ArrivedAt = arrivedAt,
            PromptField = "messages",
            ConstraintField = sampling.Constraint.Field,
            PromptLogprobs = request.PromptLogprobs,
            Stream = request.Stream ?? false,
            IncludeUsage = request.StreamOptions?.IncludeUsage ?? false,
            ReturnTokenIds = request.ReturnTokenIds ?? false,
        };
        var format = new ChatAnswerFormat(plan, new TokenTexts(model.Engine.Tokenizer), tools);
        return await AnswerDelivery.RunAsync(context, model.Engine, plan, format);
    }
}
