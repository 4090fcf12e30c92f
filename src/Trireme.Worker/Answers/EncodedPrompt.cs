using Trireme.Inference.Formats;
using Trireme.Inference.Tokenizers;
using Trireme.Worker.Http;

namespace Trireme.Worker.Answers;

/// <summary>The tokens of a prompt, or why there are none.</summary>
internal readonly record struct EncodedPrompt(int[]? Tokens, WorkerError? Error)
{
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="text">The prompt, whose special tokens are read as such.</param>
    /// <param name="addSpecial">Adds what the tokenizer adds to a text, such as a begin token.</param>
    /// <param name="field">Field of the request that holds the text, for errors.</param>
    public static EncodedPrompt From(ITokenizer tokenizer, string text, bool addSpecial, string field)
    {
        try
        {
            return new EncodedPrompt(tokenizer.Encode(text, addSpecial), null);
        }
        catch (ModelFormatException exception)
        {
            return Refused(field, exception.Message);
        }
    }

    public static EncodedPrompt Refused(string field, string message) => new(null, WorkerError.Invalid(field, message));
}
