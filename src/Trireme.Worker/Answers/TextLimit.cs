using System.Globalization;
using Trireme.Contracts.OpenAi;
using Trireme.Inference.Generation;
using Trireme.Worker.Http;

namespace Trireme.Worker.Answers;

/// <summary>
/// The longest text that can fit a model: its context times the longest text of one token. A longer one is refused before it is encoded,
/// because encoding takes memory and time by its length.
/// </summary>
/// <param name="ContextLength">Tokens of the model's context.</param>
/// <param name="Length">In UTF-16 units; null where a token may stand for text without end.</param>
internal readonly record struct TextLimit(int ContextLength, long? Length)
{
    public static TextLimit Of(IInferenceEngine engine)
    {
        int context = engine.Model.ContextLength;
        return new TextLimit(context, engine.Tokenizer.LongestText is { } longest ? (long)context * longest : null);
    }

    /// <summary>The error for a text of this length, or null.</summary>
    public WorkerError? FindProblem(long length, string field)
    {
        if (Length is not { } most || length <= most) return null;
        string counts = string.Create(CultureInfo.InvariantCulture, $"{length} characters; at most {most} can fit");
        return WorkerError.Invalid(
            field,
            $"{field} has {counts} the model's context of {ContextLength} tokens. Send a shorter text.",
            OpenAiErrorCodes.ContextLengthExceeded);
    }
}
