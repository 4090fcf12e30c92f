using Trireme.Contracts.OpenAi;
using Trireme.Inference.Generation;
using Trireme.Worker.Http;

namespace Trireme.Worker.Answers;

/// <summary>What a list of prompts or texts must satisfy before any of them is computed.</summary>
internal static class PromptRules
{
    /// <summary>OpenAI's limit on texts to embed.</summary>
    public const int CountMax = 2048;

    /// <summary>The error for a list that holds nothing or too much, or null.</summary>
    /// <param name="inputs">The list.</param>
    /// <param name="field">Its field.</param>
    /// <param name="kind">What one of it is called.</param>
    public static WorkerError? FindCountProblem(CompletionPrompt? inputs, string field, string kind)
    {
        if (inputs is not { Inputs.Count: > 0 }) return WorkerError.Invalid(field, $"{field} must hold at least one {kind}.");
        return inputs.Inputs.Count > CountMax
            ? WorkerError.Invalid(field, $"{field} may hold at most {CountMax} {kind}s; send the others in further requests.")
            : null;
    }

    /// <summary>An empty salt would share the blocks it is there to keep apart.</summary>
    public static WorkerError? FindSaltProblem(string? salt) =>
        salt is "" ? WorkerError.Invalid("cache_salt", "cache_salt must not be empty; leave it out to share cached prompts.") : null;

    /// <summary>The field of one of a list.</summary>
    public static string FieldOf(CompletionPrompt inputs, string field, int index) =>
        inputs.IsList ? $"{field}[{index}]" : field;

    /// <summary>The tokens of one prompt, or why there are none; said before any other is computed.</summary>
    /// <param name="engine">The model that reads it.</param>
    /// <param name="input">The prompt as it was sent.</param>
    /// <param name="addSpecial">Adds what the tokenizer adds to a text.</param>
    /// <param name="field">Its field.</param>
    /// <param name="truncation">What is kept of a longer one.</param>
    /// <param name="room">Tokens of the context that must be left for an answer.</param>
    public static EncodedPrompt Encode(
        IInferenceEngine engine, PromptInput input, bool addSpecial, string field, PromptTruncation? truncation, int room)
    {
        int size = engine.Model.VocabularySize;
        if (input.Tokens is { } ids && TokenIds.FindUnknown(ids, size) is var unknown and >= 0)
        {
            return new EncodedPrompt(null, WorkerError.UnknownToken($"{field}[{unknown}]", $"{ids[unknown]}", size));
        }

        EncodedPrompt encoded = input.Tokens is { } tokens
            ? new EncodedPrompt(truncation?.Cut(tokens, begin: null) ?? tokens, null)
            : EncodedPrompt.From(engine, input.Text!, addSpecial, field, truncation);
        return encoded.Tokens is { } prompt && FindProblem(prompt, field, engine.Model, room) is { } problem
            ? new EncodedPrompt(null, problem)
            : encoded;
    }

    private static WorkerError? FindProblem(IReadOnlyList<int> tokens, string field, ModelDescription model, int room)
    {
        if (tokens.Count == 0) return WorkerError.Invalid(field, $"{field} is empty; send a text of at least one token.");
        if (tokens.Count <= model.ContextLength - room) return null;
        string what = room == 0 ? "Send a shorter text, or its parts." : "Send a shorter one, which leaves room for an answer.";
        return WorkerError.Invalid(
            field,
            $"{field} has {tokens.Count} tokens and the model's context is {model.ContextLength}. {what}",
            OpenAiErrorCodes.ContextLengthExceeded);
    }
}
