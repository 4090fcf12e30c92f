using System.CommandLine;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Hosting;
using Trireme.Output;

namespace Trireme.Commands;

/// <summary>Options that several commands share, spelled and explained the same everywhere.</summary>
internal static class CommonOptions
{
    public static Option<DirectoryInfo> DataFolder() => new("--data-dir")
    {
        Description = "Folder with the platform's state; ~/.trireme unless TRIREME_DATA_DIR names another.",
        HelpName = "DIR",
        DefaultValueFactory = _ => new DirectoryInfo(DataFolderLayout.DefaultPath()),
    };

    public static Option<string> Namespace() => new("--namespace", "-n")
    {
        Description = "Namespace of the objects.",
        HelpName = "NAME",
        DefaultValueFactory = _ => TriremeApi.DefaultNamespace,
    };

    public static Option<OutputFormat> Output() => new("--output", "-o")
    {
        Description = "Format of the output: table, wide, json, yaml or name.",
        HelpName = "FORMAT",
        DefaultValueFactory = _ => OutputFormat.Table,
    };

    /// <summary>A length of time such as 90s or 5m.</summary>
    public static Option<Duration> Duration(string name, string description, TimeSpan defaultValue) => new(name)
    {
        Description = description,
        HelpName = "DURATION",
        DefaultValueFactory = _ => new Duration(defaultValue),
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (Contracts.Serialization.Duration.TryParse(text, out Duration duration)) return duration;
            result.AddError($"{name}: \"{text}\" is not a duration; write it like 30s, 1m30s or 250ms.");
            return default;
        },
    };
}
