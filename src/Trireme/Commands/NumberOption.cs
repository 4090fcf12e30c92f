using System.CommandLine;
using System.Globalization;
using System.Numerics;

namespace Trireme.Commands;

/// <summary>Options that are numbers within bounds; anything else is refused with the bounds.</summary>
internal static class NumberOption
{
    public static Option<T> Of<T>(string name, string description, T min, T max, T value)
        where T : struct, INumber<T>, IMinMaxValue<T> =>
        new(name)
        {
            Description = description,
            HelpName = "N",
            DefaultValueFactory = _ => value,
            CustomParser = result =>
            {
                string text = result.Tokens[0].Value;
                if (Parse(text, min, max) is { } number) return number;
                result.AddError(Refusal(name, text, min, max));
                return value;
            },
        };

    /// <summary>One without a default.</summary>
    public static Option<T?> Optional<T>(string name, string description, T min, T max)
        where T : struct, INumber<T>, IMinMaxValue<T> =>
        new(name)
        {
            Description = description,
            HelpName = "N",
            CustomParser = result =>
            {
                string text = result.Tokens[0].Value;
                if (Parse(text, min, max) is { } number) return number;
                result.AddError(Refusal(name, text, min, max));
                return null;
            },
        };

    private static T? Parse<T>(string text, T min, T max)
        where T : struct, INumber<T>
    {
        bool read = T.TryParse(text, NumberStyles.Float & ~NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture, out T number);
        return read && number >= min && number <= max ? number : null;
    }

    private static string Refusal<T>(string name, string text, T min, T max)
        where T : struct, INumber<T>, IMinMaxValue<T>
    {
        string noun = T.IsInteger(T.One / (T.One + T.One)) ? "a whole number" : "a number";
        string bounds = max < T.MaxValue ? $" from {Text(min)} to {Text(max)}" : min > T.MinValue ? $" of at least {Text(min)}" : "";
        return $"{name}: \"{text}\" is not {noun}{bounds}.";
    }

    private static string? Text<T>(T value)
        where T : struct, INumber<T> => value.ToString(null, CultureInfo.InvariantCulture);
}
