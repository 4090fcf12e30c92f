using Trireme.Inference.Formats;
using Trireme.Inference.Generation;
using Trireme.Worker.Http;

namespace Trireme.Worker.Answers;

/// <summary>The tokens of a prompt, or why there are none.</summary>
internal readonly record struct EncodedPrompt(IReadOnlyList<int>? Tokens, WorkerError? Error)
{
    /// <param name="engine">The model that reads it.</param>
    /// <param name="text">The prompt, whose special tokens are read as such.</param>
    /// <param name="addSpecial">Adds what the tokenizer adds to a text, such as a begin token.</param>
    /// <param name="field">Field of the request that holds the text, for errors.</param>
    /// <param name="truncation">What is kept of a longer prompt; null refuses one that cannot fit.</param>
    public static EncodedPrompt From(
        IInferenceEngine engine, string text, bool addSpecial, string field, PromptTruncation? truncation = null)
    {
        var limit = TextLimit.Of(engine);
        if (truncation is { } shortening) text = shortening.Shorten(text, limit);
        else if (limit.FindProblem(text.Length, field) is { } problem) return new EncodedPrompt(null, problem);
        try
        {
            int[] tokens = engine.Tokenizer.Encode(text, addSpecial);
            return new EncodedPrompt(truncation?.Cut(tokens, addSpecial ? engine.Tokenizer.BeginOfSequence : null) ?? tokens, null);
        }
        catch (ModelFormatException exception)
        {
            return Refused(field, exception.Message);
        }
    }

    public static EncodedPrompt Refused(string field, string message) => new(null, WorkerError.Invalid(field, message));
}
