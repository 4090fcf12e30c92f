using System.Text;

namespace Trireme.Inference.Templates.Library;

/// <summary>Python's capitalize and title.</summary>
internal static class LetterCase
{
    public static string Capitalize(string text) => Title(text, static _ => false);

    /// <summary>Has letters with a case, all of them upper.</summary>
    public static bool IsUpper(string text) => text.Any(char.IsUpper) && !text.Any(char.IsLower);

    /// <summary>Has letters with a case, all of them lower.</summary>
    public static bool IsLower(string text) => text.Any(char.IsLower) && !text.Any(char.IsUpper);

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
