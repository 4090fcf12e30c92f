using System.Globalization;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Trireme.Contracts.OpenAi;
using Trireme.Inference.Tokenizers;
using Trireme.Worker.Answers;
using Trireme.Worker.Chat;
using Trireme.Worker.Hosting;
using Trireme.Worker.Http;

namespace Trireme.Worker.Tokenization;

/// <summary>vLLM's POST /tokenize and POST /detokenize.</summary>
internal sealed class TokenizationEndpoints(TimeProvider time)
{
    public async Task<WorkerError?> TokenizeAsync(HttpContext context, ServedModel model)
    {
        JsonBody<TokenizeRequest> body = await JsonBody.ReadAsync<TokenizeRequest>(context, model.Engine.Model.VocabularySize);
        if (body.Value is not { } request) return body.Error;
        if (model.FindNameProblem(request.Model) is { } problem) return problem;
        EncodedPrompt prompt = Encode(request, model);
        if (prompt.Tokens is not { } tokens) return prompt.Error;

        await WriteAsync(context, new TokenizeResponse
        {
            Count = tokens.Count,
            MaxModelLen = model.Engine.Model.ContextLength,
            Tokens = tokens,
            TokenStrs = request.ReturnTokenStrs == true ? [.. tokens.Select(model.Engine.Tokenizer.Spelling)] : null,
        });
        return null;
    }

    public static async Task<WorkerError?> DetokenizeAsync(HttpContext context, ServedModel model)
    {
        JsonBody<DetokenizeRequest> body = await JsonBody.ReadAsync<DetokenizeRequest>(context, model.Engine.Model.VocabularySize);
        if (body.Value is not { } request) return body.Error;
        if (model.FindNameProblem(request.Model) is { } problem) return problem;
        if (request.Tokens is not { } tokens) return WorkerError.Invalid("tokens", "tokens must be a list of token ids.");

        ITokenizer tokenizer = model.Engine.Tokenizer;
        if (TokenIds.FindUnknown(tokens, tokenizer.VocabularySize) is var unknown and >= 0)
        {
            return WorkerError.UnknownToken($"tokens[{unknown}]", $"{tokens[unknown]}", tokenizer.VocabularySize);
        }

        await WriteAsync(context, new DetokenizeResponse { Prompt = tokenizer.Decode([.. tokens], skipSpecial: false) });
        return null;
    }

    /// <summary>GET /tokenizer_info, which evaluation tools read to encode texts as the model does.</summary>
    public static async Task<WorkerError?> DescribeAsync(HttpContext context, ServedModel model)
    {
        ITokenizer tokenizer = model.Engine.Tokenizer;
        await WriteAsync(context, new TokenizerInfo
        {
            BosToken = TextOf(tokenizer.BeginOfSequence),
            EosToken = TextOf(tokenizer.OrdinaryEnd ?? (tokenizer.EndOfSequence.Count == 0 ? null : tokenizer.EndOfSequence.Min())),
            ModelMaxLength = model.Engine.Model.ContextLength,
            ChatTemplate = model.Engine.ChatTemplate?.Source,
            AddedTokensDecoder = Enumerable.Range(0, tokenizer.VocabularySize)
                .Where(tokenizer.IsSpecial)
                .ToDictionary(static id => id.ToString(CultureInfo.InvariantCulture), tokenizer.Spelling),
        });
        return null;

        string? TextOf(int? id) => id is { } token ? tokenizer.Spelling(token) : null;
    }

    private EncodedPrompt Encode(TokenizeRequest request, ServedModel model)
    {
        if (request.Prompt is { } text)
        {
            return request.Messages is null
                ? EncodedPrompt.From(model.Engine, text, request.AddSpecialTokens ?? true, "prompt")
                : EncodedPrompt.Refused("prompt", "Send prompt or messages, not both.");
        }

        if (request.Messages is not { } messages) return EncodedPrompt.Refused("prompt", "Send a prompt or messages.");
        if (ChatRules.FindMessageProblem(messages) is { } problem) return new EncodedPrompt(null, problem);
        var prompt = new ChatPrompt
        {
            Messages = messages,
            Tools = request.Tools,
            AddGenerationPrompt = request.AddGenerationPrompt ?? true,
            ContinuesLastMessage = request.ContinueFinalMessage ?? false,
            Template = request.ChatTemplate,
            AddSpecialTokens = request.AddSpecialTokens ?? false,
            ExtraVariables = request.ChatTemplateKwargs,
        };
        return prompt.Encode(model, time);
    }

    private static Task WriteAsync<T>(HttpContext context, T value) =>
        context.Response.WriteAsJsonAsync(value, OpenAiJson.Options, context.RequestAborted);

    private sealed record TokenizerInfo
    {
        /// <summary>transformers' class that reads any tokenizer.json.</summary>
        public string TokenizerClass { get; init; } = "PreTrainedTokenizerFast";

        [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
        public string? BosToken { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
        public string? EosToken { get; init; }

        public int ModelMaxLength { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
        public string? ChatTemplate { get; init; }

        public bool CleanUpTokenizationSpaces { get; init; }

        public string TruncationSide { get; init; } = "left";

        public required IReadOnlyDictionary<string, string> AddedTokensDecoder { get; init; }
    }
}
