using System.Globalization;
using System.Text.RegularExpressions;

namespace Trireme.Contracts.Resources;

/// <summary>Models split into several GGUF files, which llama.cpp names NAME-00001-of-00003.gguf and so on.</summary>
public static partial class GgufParts
{
    private const int CountMax = 1024;

    /// <summary>All files that belong together with one, in their order; that one alone where its name says nothing of parts.</summary>
    public static IReadOnlyList<string> Of(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        Match match = PartName().Match(path);
        if (!match.Success) return [path];
        int number = Number(match.Groups["number"]), count = Number(match.Groups["count"]);
        if (number < 1 || number > count || count > CountMax) return [path];
        string stem = match.Groups["stem"].Value, extension = match.Groups["extension"].Value;
        return [.. Enumerable.Range(1, count).Select(part =>
            string.Create(CultureInfo.InvariantCulture, $"{stem}-{part:00000}-of-{count:00000}{extension}"))];
    }

    private static int Number(Group digits) => int.Parse(digits.ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(
        @"^(?<stem>.*)-(?<number>[0-9]{5})-of-(?<count>[0-9]{5})(?<extension>\.gguf)\z", RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex PartName();
}
