using Trireme.Inference.Formats;
using Trireme.Inference.Generation;
using Trireme.Inference.Tokenizers;
using Trireme.Worker.Http;

namespace Trireme.Worker.Answers;

/// <summary>The tokens of a prompt, or why there are none.</summary>
internal readonly record struct EncodedPrompt(IReadOnlyList<int>? Tokens, WorkerError? Error)
{
    /// <summary>Encodes a text whose special tokens are read as such, wherever it comes from.</summary>
    public static EncodedPrompt From(
        IInferenceEngine engine, string text, bool addSpecial, string field, PromptTruncation? truncation = null) =>
        From(engine, PromptText.Trusted(text), addSpecial, field, truncation);

    /// <param name="engine">The model that reads it.</param>
    /// <param name="prompt">The prompt; special tokens are read as such where it is a template's.</param>
    /// <param name="addSpecial">Adds what the tokenizer adds to a text, such as a begin token.</param>
    /// <param name="field">Field of the request that holds the text, for errors.</param>
    /// <param name="truncation">What is kept of a longer prompt; null refuses one that cannot fit.</param>
    public static EncodedPrompt From(
        IInferenceEngine engine, PromptText prompt, bool addSpecial, string field, PromptTruncation? truncation = null)
    {
        var limit = TextLimit.Of(engine);
        if (truncation is { } shortening) prompt = shortening.Shorten(prompt, limit);
        else if (limit.FindProblem(prompt.Text.Length, field) is { } problem) return new EncodedPrompt(null, problem);
        try
        {
            int[] tokens = engine.Tokenizer.Encode(prompt, addSpecial);
            return new EncodedPrompt(truncation?.Cut(tokens, addSpecial ? engine.Tokenizer.BeginOfSequence : null) ?? tokens, null);
        }
        catch (ModelFormatException exception)
        {
            return Refused(field, exception.Message);
        }
    }

    public static EncodedPrompt Refused(string field, string message) => new(null, WorkerError.Invalid(field, message));
}
