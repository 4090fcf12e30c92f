using Trireme.Contracts.OpenAi;
using Trireme.Inference.Generation;
using Trireme.Worker.Answers;
using Trireme.Worker.Hosting;
using Trireme.Worker.Http;

namespace Trireme.Worker.Chat;

/// <summary>What a chat request may ask for.</summary>
internal static class ChatRules
{
    private static readonly string[] Roles = ["system", "developer", "user", "assistant", "tool"];

    public static SamplingRequest ReadSampling(ChatCompletionRequest request) => SamplingRequest.From(request) with
    {
        MaxTokens = request.MaxCompletionTokens ?? request.MaxTokens,
        LogProbabilities = request.Logprobs == true ? request.TopLogprobs ?? 0 : null,
    };

    /// <summary>The first thing wrong with a request, or null.</summary>
    public static WorkerError? FindProblem(ChatCompletionRequest request, ServedModel model, SamplingRequest sampling)
    {
        return model.FindNameProblem(request.Model)
            ?? UnsupportedFields.Find(request.Other, UnsupportedFields.OfChat)
            ?? UnsupportedFields.Find(request.StreamOptions, request.Stream ?? false)
            ?? FindMessageProblem(request.Messages)
            ?? PromptRules.FindSaltProblem(request.CacheSalt)
            ?? sampling.FindProblem(model.Engine.Model.VocabularySize)
            ?? FindLengthProblem(request, model.Engine.Model)
            ?? FindLogprobsProblem(request)
            ?? SamplingRequest.FindPromptLogprobsProblem(request.PromptLogprobs, request.Stream ?? false);
    }

    public static WorkerError? FindMessageProblem(IReadOnlyList<ChatMessage>? messages)
    {
        if (messages is null or { Count: 0 }) return WorkerError.Invalid("messages", "messages must hold at least one message.");
        for (int i = 0; i < messages.Count; i++)
        {
            // A JSON null in the list arrives as a null here.
            if (messages[i] is not { } message) return WorkerError.Invalid($"messages[{i}]", $"messages[{i}] must be an object.");
            if (Array.IndexOf(Roles, message.Role) >= 0)
            {
                if (UnsupportedFields.Find(message, $"messages[{i}]") is { } dropped) return dropped;
                continue;
            }

            return WorkerError.Invalid(
                $"messages[{i}].role", $"messages[{i}].role is '{message.Role}' but must be one of: {string.Join(", ", Roles)}.");
        }

        return FindToolResultProblem(messages);
    }

    /// <summary>A result of a tool answers a call that an earlier message made.</summary>
    private static WorkerError? FindToolResultProblem(IReadOnlyList<ChatMessage> messages)
    {
        var calls = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < messages.Count; i++)
        {
            foreach (ToolCall? call in messages[i].ToolCalls ?? [])
            {
                if (call?.Id is { } id) calls.Add(id);
            }

            if (messages[i].Role != "tool" || (messages[i].ToolCallId is { } answered && calls.Contains(answered))) continue;
            string field = $"messages[{i}].tool_call_id";
            return WorkerError.Invalid(field, messages[i].ToolCallId is { } unknown
                ? $"{field} is '{unknown}', which is the id of no call in an earlier message's tool_calls."
                : $"{field} must be the id of a call in an earlier message's tool_calls.");
        }

        return null;
    }

    private static WorkerError? FindLengthProblem(ChatCompletionRequest request, ModelDescription model)
    {
        if (request.MaxCompletionTokens < 1)
        {
            return WorkerError.Invalid("max_completion_tokens", "max_completion_tokens must be at least 1.");
        }

        if (request.MaxTokens < 1) return WorkerError.Invalid("max_tokens", "max_tokens must be at least 1.");
        return SamplingRequest.FindLengthProblem(request.MaxCompletionTokens, "max_completion_tokens", model)
            ?? (request.MaxCompletionTokens is null ? SamplingRequest.FindLengthProblem(request.MaxTokens, "max_tokens", model) : null);
    }

    private static WorkerError? FindLogprobsProblem(ChatCompletionRequest request)
    {
        if (request.TopLogprobs is not { } top) return null;
        if (top is < 0 or > SamplingRequest.MaxAlternatives)
        {
            return WorkerError.Invalid("top_logprobs", $"top_logprobs must be between 0 and {SamplingRequest.MaxAlternatives}.");
        }

        return top > 0 && request.Logprobs != true ? WorkerError.Invalid("top_logprobs", "top_logprobs needs logprobs to be true.") : null;
    }
}
