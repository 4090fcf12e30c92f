using System.Text;
using Trireme.Training.Tokenization;

namespace Trireme.Training.Corpus;

/// <summary>How turns become text: the same form as the chat template that is written beside the model.</summary>
internal static class ChatMarkup
{
    /// <summary>
    /// The template for engines that render messages (Jinja). Tools are shown by name, parameters and description, because their whole
    /// schemas would fill the context; the model has not learned to call them by itself.
    /// </summary>
    public const string Template =
        "{% if tools %}<|im_start|>system\nYou can call these tools.\n"
        + "{% for t in tools %}{{ t.function.name }}"
        + "({% if t.function.parameters and t.function.parameters.properties %}{% for p in t.function.parameters.properties %}"
        + "{{ p }}{% if not loop.last %}, {% endif %}{% endfor %}{% endif %})"
        + "{% if t.function.description %}: {{ t.function.description }}{% endif %}\n{% endfor %}"
        + "A call is <tool_call>{\"name\": \"...\", \"arguments\": {}}</tool_call><|im_end|>\n{% endif %}"
        + "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] | trim }}"
        + "{% if m['tool_calls'] %}{% for c in m['tool_calls'] %}<tool_call>{\"name\": \"{{ c.function.name }}\", "
        + "\"arguments\": {{ c.function.arguments | tojson }}}</tool_call>{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
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
