using Trireme.Inference.Tokenizers;
using Trireme.Worker.Http;

namespace Trireme.Worker.Answers;

/// <summary>How much of a prompt that is longer is kept, and which end of it.</summary>
internal readonly record struct PromptTruncation(int Tokens, bool KeepsEnd)
{
    /// <summary>The wish of a request; null for none.</summary>
    /// <param name="tokens">The field truncate_prompt_tokens.</param>
    /// <param name="side">The field truncation_side.</param>
    /// <param name="cutsStart">Whether the start is cut where the request does not say.</param>
    /// <param name="context">Tokens of the model's context.</param>
    /// <param name="answers">Whether there is an answer; a request that keeps as much as fits leaves room for one token of it.</param>
    /// <param name="error">What is wrong with the fields, or null.</param>
    public static PromptTruncation? Read(int? tokens, string? side, bool cutsStart, int context, bool answers, out WorkerError? error)
    {
        error = side is null or "left" or "right" ? null : WorkerError.Invalid("truncation_side", "truncation_side must be left or right.");
        if (error is not null || tokens is not { } count) return null;
        if (count is 0 or < -1 || count > context)
        {
            error = WorkerError.Invalid(
                "truncate_prompt_tokens", $"truncate_prompt_tokens must be between 1 and the model's context of {context} tokens, or -1.");
            return null;
        }

        int kept = count == -1 ? Math.Max(1, context - (answers ? 1 : 0)) : count;
        return new PromptTruncation(kept, side is null ? cutsStart : side == "left");
    }

    /// <summary>
    /// Cuts a text far longer than what is kept, so that encoding it stays bounded. Twice the bound is left, and tokens near the cut,
    /// which the rest of the text might have changed, are cut again.
    /// </summary>
    public PromptText Shorten(PromptText prompt, TextLimit limit)
    {
        string text = prompt.Text;
        if (limit.Length is not { } most || text.Length <= most * 2) return prompt;
        int length = (int)(most * 2);
        // A pair of surrogates stays one character.
        int at = KeepsEnd ? text.Length - length : length;
        if (char.IsLowSurrogate(text[at])) at++;
        return KeepsEnd ? prompt.Slice(at, text.Length - at) : prompt.Slice(0, Math.Min(at, text.Length));
    }

    /// <param name="tokens">All of a prompt.</param>
    /// <param name="begin">A begin token that stays in front; null for none.</param>
    public IReadOnlyList<int> Cut(IReadOnlyList<int> tokens, int? begin)
    {
        if (tokens.Count <= Tokens) return tokens;
        int[] kept = KeepsEnd ? [.. tokens.Skip(tokens.Count - Tokens)] : [.. tokens.Take(Tokens)];
        if (begin is { } first && tokens[0] == first) kept[0] = first;
        return kept;
    }
}
