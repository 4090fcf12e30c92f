using Trireme.Contracts.OpenAi;
using Trireme.Inference.Tokenizers;

namespace Trireme.Worker.Chat;

/// <summary>
/// Ends a prompt within its last message. Templates close every message, so the message is marked where it ends, and what the template
/// wrote behind the mark is cut; transformers does the same.
/// </summary>
internal static class ContinuedMessage
{
    /// <summary>Ends with a space, which shows whether a template trims what it writes.</summary>
    private const string EndMark = "THE_ANSWER_GOES_ON_FROM_HERE ";

    public static ChatMessage Mark(ChatMessage message) => message with { Content = message.Content + EndMark };

    /// <summary>Cuts a rendered conversation at the mark; says what is wrong when the template did not write it.</summary>
    public static string? Cut(ref PromptText prompt)
    {
        string text = prompt.Text;
        int at = text.LastIndexOf(EndMark.TrimEnd(), StringComparison.Ordinal);
        if (at < 0) return "continue_final_message needs the last message in the prompt, and the chat template leaves it out.";
        bool isTrimmed = string.CompareOrdinal(text, at, EndMark, 0, EndMark.Length) != 0;
        prompt = prompt.Slice(0, isTrimmed ? text.AsSpan(0, at).TrimEnd().Length : at);
        return null;
    }
}
