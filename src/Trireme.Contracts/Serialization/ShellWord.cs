namespace Trireme.Contracts.Serialization;

/// <summary>Texts as single words of a shell's line, for lines that people paste.</summary>
public static class ShellWord
{
    /// <summary>The text itself where a shell takes it as it is, else within single quotes, in which only they mean something.</summary>
    public static string Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        bool isPlain = text.Length > 0 && text.All(static letter => char.IsAsciiLetterOrDigit(letter) || "-_./:=@%+,".Contains(letter));
        return isPlain ? text : "'" + text.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
    }
}
