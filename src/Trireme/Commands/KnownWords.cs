using System.CommandLine;
using System.CommandLine.Parsing;

namespace Trireme.Commands;

/// <summary>Words of which a line has one: completed by a shell, and any other refused with those there are.</summary>
internal static class KnownWords
{
    public static TOption OneOf<TOption>(this TOption option, params IReadOnlyList<string> words)
        where TOption : Option<string>
    {
        option.CompletionSources.Add([.. words]);
        option.Validators.Add(result => Check(result, option.Name, words));
        return option;
    }

    public static Argument<string> OneOf(this Argument<string> argument, params IReadOnlyList<string> words)
    {
        argument.CompletionSources.Add([.. words]);
        argument.Validators.Add(result => Check(result, argument.Name, words));
        return argument;
    }

    public static string Refusal(string where, string word, IReadOnlyList<string> words) =>
        $"{where}: \"{word}\" is not one of {string.Join(", ", words)}.";

    private static void Check(SymbolResult result, string where, IReadOnlyList<string> words)
    {
        foreach (string word in result.Tokens.Select(static token => token.Value))
        {
            if (!words.Contains(word)) result.AddError(Refusal(where, word, words));
        }
    }
}
