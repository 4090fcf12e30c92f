using System.Buffers;
using System.Text.Json;
using Trireme.Contracts.OpenAi;
using Trireme.Inference.Generation;
using Trireme.Inference.Templates;
using Trireme.Inference.Tokenizers;
using Trireme.Inference.ToolCalls;
using Trireme.Worker.Answers;
using Trireme.Worker.Hosting;
using Trireme.Worker.Http;
using Trireme.Worker.Tools;

namespace Trireme.Worker.Chat;

/// <summary>A conversation on its way through the model's chat template.</summary>
internal sealed record ChatPrompt
{
    /// <summary>Arguments of calls, 64 levels at most by themselves, stand a few levels deep.</summary>
    private static readonly JsonDocumentOptions MessageDepth = new() { MaxDepth = 128 };

    public required IReadOnlyList<ChatMessage> Messages { get; init; }

    public IReadOnlyList<JsonElement>? Tools { get; init; }

    public bool AddGenerationPrompt { get; init; } = true;

    /// <summary>The prompt ends within the last message, which the answer goes on with.</summary>
    public bool ContinuesLastMessage { get; init; }

    /// <summary>A template of the request's own; null for the model's.</summary>
    public string? Template { get; init; }

    /// <summary>What is kept of a longer prompt.</summary>
    public PromptTruncation? Truncation { get; init; }

    /// <summary>Adds what the tokenizer adds to a text; templates write their special tokens themselves.</summary>
    public bool AddSpecialTokens { get; init; }

    public IReadOnlyDictionary<string, JsonElement>? ExtraVariables { get; init; }

    /// <summary>What the answer begins with; special tokens in it are read as such.</summary>
    public string Opening { get; init; } = "";

    public static ChatPrompt From(ChatCompletionRequest request, ToolUse tools)
    {
        Dictionary<string, JsonElement> variables = new(request.ChatTemplateKwargs ?? new Dictionary<string, JsonElement>());
        if (request.ReasoningEffort is { } effort) variables["reasoning_effort"] = JsonSerializer.SerializeToElement(effort);
        return new ChatPrompt
        {
            Messages = request.Messages ?? [],
            Tools = tools.Shown,
            Opening = tools.Forced?.Prompt ?? "",
            AddGenerationPrompt = request.AddGenerationPrompt ?? true,
            ContinuesLastMessage = request.ContinueFinalMessage ?? false,
            AddSpecialTokens = request.AddSpecialTokens ?? false,
            Template = request.ChatTemplate,
            ExtraVariables = variables,
        };
    }

    public EncodedPrompt Encode(ServedModel model, TimeProvider time)
    {
        IInferenceEngine engine = model.Engine;
        if (FindProblem(model) is { } refused) return new EncodedPrompt(null, refused);
        if (FindTemplate(engine, out WorkerError? problem) is not { } template) return new EncodedPrompt(null, problem);
        if (WriteMessages(out problem) is not { } json) return new EncodedPrompt(null, problem);
        try
        {
            using JsonDocument messages = JsonDocument.Parse(json, MessageDepth);
            PromptText prompt = template.RenderPrompt(new ChatTemplateInput
            {
                Messages = [.. messages.RootElement.EnumerateArray()],
                Tools = Tools,
                AddGenerationPrompt = AddGenerationPrompt,
                ExtraVariables = ExtraVariables,
                TimeProvider = time,
            });
            if (ContinuesLastMessage && ContinuedMessage.Cut(ref prompt) is { } lost) return EncodedPrompt.Refused("messages", lost);
            return EncodedPrompt.From(engine, prompt.Append(Opening), AddSpecialTokens, "messages", Truncation);
        }
        catch (ChatTemplateException exception)
        {
            return EncodedPrompt.Refused("messages", exception.Message);
        }
    }

    /// <summary>What is wrong with the conversation, or null; found before anything is made of it.</summary>
    private WorkerError? FindProblem(ServedModel model)
    {
        if (ContinuesLastMessage && AddGenerationPrompt)
        {
            return WorkerError.Invalid(
                "continue_final_message",
                "continue_final_message goes on with the last message, where add_generation_prompt begins a new one; "
                + "set add_generation_prompt to false.");
        }

        if (Template is not null && !model.TrustsRequestTemplates)
        {
            return WorkerError.Invalid(
                "chat_template",
                "chat_template is not taken from requests here. Leave it out; a release can name a template, and a worker started with "
                + "--trust-request-chat-template takes those of requests.",
                OpenAiErrorCodes.UnsupportedParameter);
        }

        var limit = TextLimit.Of(model.Engine);
        long length = 0;
        for (int i = 0; i < Messages.Count && Truncation is null; i++)
        {
            string field = $"messages[{i}].content";
            if (limit.FindProblem(Messages[i].Content?.Length ?? 0, field) is { } problem) return problem;
            length += Messages[i].Content?.Length ?? 0;
        }

        return limit.FindProblem(length, "messages");
    }

    private ChatTemplate? FindTemplate(IInferenceEngine engine, out WorkerError? problem)
    {
        problem = null;
        try
        {
            if (Template is { } source) return engine.ChatTemplate?.Replace(source) ?? ChatTemplate.Parse(source);
        }
        catch (ChatTemplateException exception)
        {
            problem = WorkerError.Invalid("chat_template", $"chat_template: {exception.Message}");
            return null;
        }

        if (engine.ChatTemplate is { } template) return template;
        problem = WorkerError.Invalid("messages", engine.ChatTemplateProblem is { } reason
            ? $"This model's chat template cannot be used: {reason} Until then, send its prompt to POST /v1/completions."
            : "This model has no chat template; send its prompt to POST /v1/completions.");
        return null;
    }

    /// <summary>Messages as templates expect them: content is a text, and the arguments of tool calls are objects.</summary>
    private ReadOnlyMemory<byte>? WriteMessages(out WorkerError? problem)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartArray();
        for (int i = 0; i < Messages.Count; i++)
        {
            ChatMessage message = WithRefusal(Messages[i]);
            bool isContinued = ContinuesLastMessage && i == Messages.Count - 1;
            problem = WriteMessage(json, isContinued ? ContinuedMessage.Mark(message) : message, i);
            if (problem is not null) return null;
        }

        json.WriteEndArray();
        json.Flush();
        problem = null;
        return buffer.WrittenMemory;
    }

    /// <summary>What a model once refused to say is what it said: templates know the content only.</summary>
    private static ChatMessage WithRefusal(ChatMessage message) =>
        TextIn(message, "refusal") is { Length: > 0 } refusal
            ? message with { Content = message.Content is { Length: > 0 } content ? $"{content}\n{refusal}" : refusal }
            : message;

    private static WorkerError? WriteMessage(Utf8JsonWriter json, ChatMessage message, int index)
    {
        json.WriteStartObject();
        // Models know no developer role; OpenAI's newer name for the system's instructions means the same.
        json.WriteString("role"u8, message.Role == "developer" ? "system" : message.Role);
        json.WriteString("content"u8, message.Content ?? "");
        // vLLM calls it reasoning; templates read the older name.
        if ((message.ReasoningContent ?? TextIn(message, "reasoning")) is { } reasoning) json.WriteString("reasoning_content"u8, reasoning);
        if (message.Name is { } name) json.WriteString("name"u8, name);
        if (message.ToolCallId is { } callId) json.WriteString("tool_call_id"u8, callId);
        if (message.ToolCalls is { Count: > 0 } calls)
        {
            json.WriteStartArray("tool_calls"u8);
            for (int i = 0; i < calls.Count; i++)
            {
                if (WriteToolCall(json, calls[i], $"messages[{index}].tool_calls[{i}]") is { } problem) return problem;
            }

            json.WriteEndArray();
        }

        foreach ((string field, JsonElement value) in message.Other ?? [])
        {
            json.WritePropertyName(field);
            value.WriteTo(json);
        }

        json.WriteEndObject();
        return null;
    }

    private static string? TextIn(ChatMessage message, string field) =>
        message.Other is { } other && other.TryGetValue(field, out JsonElement value) ? ToolDefinitions.TextOf(value) : null;

    private static WorkerError? WriteToolCall(Utf8JsonWriter json, ToolCall call, string path)
    {
        if (call is { Function: null, Type: not (null or "" or "function") })
        {
            string message = $"{path} is a call of the type '{call.Type}', which is not supported; only functions can be called.";
            return WorkerError.Invalid($"{path}.type", message, OpenAiErrorCodes.UnsupportedParameter);
        }

        if (call?.Function is not { Name.Length: > 0 } function) return WorkerError.Invalid(path, $"{path} needs a function with a name.");
        json.WriteStartObject();
        if (call.Id is { } id) json.WriteString("id"u8, id);
        json.WriteString("type"u8, call.Type);
        json.WriteStartObject("function"u8);
        json.WriteString("name"u8, function.Name);
        json.WritePropertyName("arguments"u8);
        string field = path + ".function.arguments";
        if (!CallArguments.TryRead(function.Arguments, out string arguments))
        {
            return JsonText.FindProblem(function.Arguments, field)
                ?? WorkerError.Invalid(field, $"{field} must be a JSON object, as itself or in a string.");
        }

        if (JsonText.FindProblem(arguments, field) is { } unreadable) return unreadable;
        json.WriteRawValue(arguments, skipInputValidation: true);
        json.WriteEndObject();
        json.WriteEndObject();
        return null;
    }
}
