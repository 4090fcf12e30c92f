using System.Text.RegularExpressions;

namespace Trireme.Training.Corpus;

/// <summary>What depends on the neighbouring word: "a" before a vowel sound becomes "an", and sentences start with a capital.</summary>
internal static partial class EnglishSpelling
{
    public static string Correct(string text)
    {
        text = ArticleBeforeVowel().Replace(text, "$1n ");
        return SentenceStart().Replace(text, match => match.Value.ToUpperInvariant());
    }

    /// <summary>The letter is a vowel but the sound is not in words such as "unicorn" and "one".</summary>
    [GeneratedRegex(@"\b([Aa]) (?=[aeiou])(?!uni|use|one|once)", RegexOptions.CultureInvariant)]
    private static partial Regex ArticleBeforeVowel();

    /// <summary>The first letter, also after a full stop, and after the bar between turns. A quotation may end in '!' and go on.</summary>
    [GeneratedRegex("(?:^|>> |\\n|[.!?] )\"?[a-z]|[.] \"[a-z]", RegexOptions.CultureInvariant)]
    private static partial Regex SentenceStart();
}
