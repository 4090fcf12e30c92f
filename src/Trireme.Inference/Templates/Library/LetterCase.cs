using System.Text;

namespace Trireme.Inference.Templates.Library;

/// <summary>Python's changes of case, with the letters that become two by them.</summary>
internal static class LetterCase
{
    public static string Upper(string text) => text.ToUpperInvariant().Replace("ß", "SS", StringComparison.Ordinal);

    public static string Lower(string text) => text.Replace("İ", "i\u0307", StringComparison.Ordinal).ToLowerInvariant();

    /// <summary>For comparisons: letters that differ at most in their case become the same.</summary>
    public static string Fold(string text) => Lower(text).Replace("ß", "ss", StringComparison.Ordinal);

    public static string Capitalize(string text) => Title(text, static _ => false);

    /// <summary>Has letters with a case, all of them upper.</summary>
    public static bool IsUpper(string text) => text.Any(char.IsUpper) && !text.Any(char.IsLower);

    /// <summary>Has letters with a case, all of them lower.</summary>
    public static bool IsLower(string text) => text.Any(char.IsLower) && !text.Any(char.IsUpper);

    /// <summary>Has letters with a case; upper ones begin words and lower ones follow.</summary>
    public static bool IsTitle(string text)
    {
        bool any = false, follows = false;
        foreach (char unit in text)
        {
            bool hasCase = char.IsUpper(unit) || char.IsLower(unit);
            if (hasCase && char.IsUpper(unit) == follows) return false;
            any |= hasCase;
            follows = hasCase;
        }

        return any;
    }

    public static string Swap(string text) =>
        string.Concat(text.Select(static unit => char.IsUpper(unit) ? char.ToLowerInvariant(unit) : char.ToUpperInvariant(unit)));

    /// <summary>The first letter and those after a word's beginning in upper case, the others in lower case.</summary>
    public static string Title(string text, Func<char, bool> beginsWordAfter)
    {
        var result = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            bool begins = i == 0 || beginsWordAfter(text[i - 1]);
            result.Append(begins ? char.ToUpperInvariant(text[i]) : char.ToLowerInvariant(text[i]));
        }

        return result.ToString();
    }
}
