using System.CommandLine;
using Trireme.Hosting.Listening;
using Trireme.Output;
using Trireme.Settings;

namespace Trireme.Commands;

/// <summary>Commands about the platform's settings; none of them needs a running platform.</summary>
internal static class ConfigCommand
{
    public static Command Create() =>
        new("config", "Show, explain and check the platform's settings.") { CreateView(), CreateExplain(), CreateCheck() };

    private static Command CreateView()
    {
        var settings = new SettingsOptions();
        var output = new ChoiceOption<Action<LoadedSettings, TextWriter>>(
            "--output",
            "Format of the output; the YAML is a settings file.",
            ("table", SettingsPrinter.PrintTable),
            ("yaml", SettingsPrinter.PrintYaml),
            ("json", SettingsPrinter.PrintJson));
        output.Aliases.Add("-o");
        var command = new Command("view", "Show every setting in force and where it comes from.");
        settings.AddTo(command);
        command.Add(output);
        command.SetAction(parsed =>
        {
            output.Of(parsed)(settings.Load(parsed).Checked(), Console.Out);
            return ExitCode.Success;
        });
        return command;
    }

    private static Command CreateExplain()
    {
        var key = new Argument<string?>("key")
        {
            Description = "A setting or a section, such as gateway.tls; all settings otherwise.",
            HelpName = "KEY",
            Arity = ArgumentArity.ZeroOrOne,
        };
        key.CompletionSources.Add([.. SettingsCatalog.All.Select(setting => setting.Key)]);
        var output = new ChoiceOption<Action<IReadOnlyList<Setting>, TextWriter>>(
            "--output",
            "Format of the output.",
            ("text", SettingsPrinter.Explain),
            ("json", SettingsPrinter.ExplainJson),
            ("markdown", SettingsPrinter.PrintMarkdown));
        output.Aliases.Add("-o");
        var command = new Command("explain", "Tell what settings mean, their defaults and the values they take.") { key, output };
        command.SetAction(parsed =>
        {
            string? path = parsed.GetValue(key);
            Setting[] found = [.. SettingsCatalog.All.Where(setting => path is null || IsWithin(setting.Key, path))];
            if (found.Length == 0) throw new CommandException(SettingsFile.Unknown(path!), ExitCode.NotFound);
            output.Of(parsed)(found, Console.Out);
            return ExitCode.Success;
        });
        return command;
    }

    private static Command CreateCheck()
    {
        var file = new Option<FileInfo>("--filename", "-f") { Description = "Settings file to check.", HelpName = "FILE", Required = true };
        var command = new Command("check", "Check a settings file without starting anything.") { file };
        command.SetAction(parsed =>
        {
            FileInfo checkedFile = parsed.GetValue(file)!;
            var sources = new SettingsSources { File = checkedFile.FullName, WorkingFolder = Environment.CurrentDirectory };
            LoadedSettings loaded = sources.Load().Checked();
            if (loaded.Values.Gateway.Tls.Enabled) TlsCertificate.Load(loaded.Values.Gateway.Tls);
            Console.Out.WriteLine($"{checkedFile.Name} is right; it sets {loaded.SetCount} of {SettingsCatalog.All.Count} settings.");
            return ExitCode.Success;
        });
        return command;
    }

    private static bool IsWithin(string key, string path) => key == path || key.StartsWith(path + ".", StringComparison.Ordinal);
}
