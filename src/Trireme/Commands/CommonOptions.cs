using System.CommandLine;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Hosting;
using Trireme.Output;

namespace Trireme.Commands;

/// <summary>Options that several commands share, spelled and explained the same everywhere.</summary>
internal static class CommonOptions
{
    private static readonly OutputFormat[] OfObjects =
        [OutputFormat.Table, OutputFormat.Wide, OutputFormat.Json, OutputFormat.Yaml, OutputFormat.Name];

    public static Option<DirectoryInfo> DataFolder() => new("--data-dir")
    {
        Description = "Folder with the platform's state; ~/.trireme unless TRIREME_DATA_DIR names another.",
        HelpName = "DIR",
        DefaultValueFactory = _ => new DirectoryInfo(DataFolderLayout.DefaultPath()),
    };

    public static Option<string> Namespace() => new Option<string>("--namespace", "-n")
    {
        Description = "Namespace of the objects.",
        HelpName = "NAME",
        DefaultValueFactory = _ => TriremeApi.DefaultNamespace,
    }.OfName();

    /// <summary>The format of a command's output; a format that it does not have is refused.</summary>
    /// <param name="formats">Those it has, the default first; those of objects when none is named.</param>
    public static Option<OutputFormat> Output(params IReadOnlyList<OutputFormat> formats)
    {
        if (formats.Count == 0) formats = OfObjects;
        string[] words = [.. formats.Select(format => format.ToString().ToLowerInvariant())];
        var option = new Option<OutputFormat>("--output", "-o")
        {
            Description = $"Format of the output: {string.Join(", ", words)}. The first is the default.",
            HelpName = "FORMAT",
            CustomParser = result =>
            {
                int chosen = Array.IndexOf(words, result.Tokens[0].Value);
                if (chosen < 0) result.AddError(KnownWords.Refusal("--output", result.Tokens[0].Value, words));
                return formats[Math.Max(0, chosen)];
            },
            DefaultValueFactory = _ => formats[0],
        };
        option.CompletionSources.Clear();
        option.CompletionSources.Add(words);
        return option;
    }

    /// <summary>A length of time such as 90s or 5m.</summary>
    public static Option<Duration> Duration(string name, string description, TimeSpan defaultValue, bool mayBeZero = true) => new(name)
    {
        Description = description,
        HelpName = "DURATION",
        DefaultValueFactory = _ => new Duration(defaultValue),
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            bool isDuration = Contracts.Serialization.Duration.TryParse(text, out Duration duration);
            if (isDuration && (mayBeZero || duration > Contracts.Serialization.Duration.Zero)) return duration;
            string problem = isDuration ? "must be longer than 0s" : $"\"{text}\" {Contracts.Serialization.Duration.Problem(text)}";
            result.AddError($"{name}: {problem}.");
            return default;
        },
    };
}
