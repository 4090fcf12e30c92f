using System.Text;
using Trireme.Training.Tokenization;

namespace Trireme.Training.Corpus;

/// <summary>How turns become text: the same form as the chat template that is written beside the model.</summary>
internal static class ChatMarkup
{
    /// <summary>The template for engines that render messages (Jinja).</summary>
    public const string Template =
        "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] | trim }}<|im_end|>\n{% endfor %}"
        + "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

    public const string System = "system";

    public const string User = "user";

    public const string Assistant = "assistant";

    public static string Render(IEnumerable<(string Role, string Content)> turns)
    {
        var text = new StringBuilder();
        foreach ((string role, string content) in turns)
        {
            text.Append(SpecialTokens.TurnStart).Append(role).Append('\n').Append(content).Append(SpecialTokens.TurnEnd).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>What an assistant's answer follows.</summary>
    public static string Prompt(string question) => Render([(User, question)]) + SpecialTokens.TurnStart + Assistant + "\n";
}
