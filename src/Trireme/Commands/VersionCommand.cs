using System.CommandLine;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Trireme.Output;

namespace Trireme.Commands;

internal static class VersionCommand
{
    public static Command Create()
    {
        Option<OutputFormat> output = CommonOptions.Output(OutputFormat.Table, OutputFormat.Json, OutputFormat.Yaml);
        var command = new Command("version", "Show the version of this program.") { output };
        command.SetAction(parsed =>
        {
            var version = new JsonObject
            {
                ["version"] = Product.Version,
                ["runtime"] = RuntimeInformation.FrameworkDescription,
                ["platform"] = RuntimeInformation.RuntimeIdentifier,
            };
            if (parsed.GetValue(output) is OutputFormat.Json or OutputFormat.Yaml)
            {
                ObjectPrinter.Print(version, parsed.GetValue(output), Console.Out);
            }
            else
            {
                Console.WriteLine($"trireme {Product.Version} ({version["runtime"]}, {version["platform"]})");
            }

            return ExitCode.Success;
        });
        return command;
    }
}

/// <summary>Facts about this build.</summary>
internal static class Product
{
    /// <summary>Version with the commit it was built from.</summary>
    public static string Version { get; } =
        typeof(Product).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}
