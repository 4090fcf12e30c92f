using System.CommandLine;
using System.CommandLine.Parsing;

namespace Trireme.Commands;

/// <summary>An option that is one of a few words, each of which stands for a value; the first is the default.</summary>
internal sealed class ChoiceOption<T> : Option<string>
{
    private readonly (string Word, T Value)[] _choices;

    public ChoiceOption(string name, string description, params (string Word, T Value)[] choices)
        : base(name)
    {
        _choices = choices;
        string[] words = Array.ConvertAll(choices, choice => choice.Word);
        Description = description;
        HelpName = string.Join('|', words);
        DefaultValueFactory = _ => words[0];
        this.OneOf(words);
    }

    /// <summary>What the chosen word stands for.</summary>
    public T Of(ParseResult parsed) => ValueOf(parsed.GetValue(this));

    /// <summary>The same for a validator of the whole command, which also sees words that are refused; they count as the default.</summary>
    public T Of(CommandResult command) => ValueOf(command.GetResult(this)?.Tokens is [var word, ..] ? word.Value : null);

    private T ValueOf(string? word)
    {
        foreach ((string known, T value) in _choices)
        {
            if (known == word) return value;
        }

        return _choices[0].Value;
    }
}
