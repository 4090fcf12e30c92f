using System.Text.RegularExpressions;

namespace Trireme.Inference.ToolCalls;

/// <summary>Words and numbers as models write them.</summary>
internal static partial class LenientScalar
{
    /// <summary>Longer ones are no number that a reader keeps.</summary>
    public const int LengthMax = 400;

    public static bool IsStart(char character) => char.IsAsciiLetterOrDigit(character) || character is '-' or '+' or '.';

    public static bool IsPart(char character) => IsStart(character) || character == '_';

    /// <summary>
    /// The word or number as JSON; null for one that means nothing. Python's and JavaScript's words count, and as JSON has no number
    /// that is none or infinite, those become null, as JavaScript writes them.
    /// </summary>
    public static string? Write(string text)
    {
        switch (text)
        {
            case "true" or "True" or "TRUE":
                return "true";
            case "false" or "False" or "FALSE":
                return "false";
            case "null" or "None" or "NULL" or "Null" or "nil" or "undefined" or "NaN" or "nan":
            case "Infinity" or "-Infinity" or "+Infinity" or "inf" or "-inf" or "+inf":
                return "null";
        }

        Match number = Number().Match(text);
        if (!number.Success) return null;
        // Digits keep their spelling; only what JSON asks for is added.
        string whole = number.Groups["whole"].Value, point = number.Groups["point"].Value, fraction = number.Groups["fraction"].Value;
        if (whole.Length + fraction.Length == 0) return null;
        if (point.Length > 0 && fraction.Length == 0) fraction = "0";
        string sign = number.Groups["sign"].Value == "-" ? "-" : "";
        return $"{sign}{(whole.Length == 0 ? "0" : whole)}{point}{fraction}{number.Groups["exponent"].Value}";
    }

    [GeneratedRegex(
        @"^(?<sign>[+-]?)(?<whole>0|[1-9][0-9]*|(?=\.))(?:(?<point>\.)(?<fraction>[0-9]*))?(?<exponent>(?:[eE][+-]?[0-9]+)?)\z")]
    private static partial Regex Number();
}
