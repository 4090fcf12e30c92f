using System.CommandLine;
using Trireme.Hosting;

namespace Trireme.Commands;

internal static class UpCommand
{
    /// <summary>Set by the launcher to the folder the program was built from.</summary>
    private const string HomeVariable = "TRIREME_HOME";

    private static readonly string[] LogLevels = ["trace", "debug", "information", "warning", "error"];

    public static Command Create()
    {
        Option<DirectoryInfo> data = CommonOptions.DataFolder();
        var host = new Option<string>("--host")
        {
            Description = "Address of the gateway; 0.0.0.0 opens it to other machines. API and dashboard stay on this one.",
            HelpName = "ADDRESS",
            DefaultValueFactory = _ => "127.0.0.1",
        };
        Option<int> port = Port("--port", "Port of the gateway", 8080);
        Option<int> apiPort = Port("--api-port", "Port of the Kubernetes-style API", 8443);
        Option<int?> dashboardPort = new("--dashboard-port")
        {
            Description = "Port of the dashboard; the gateway's plus one otherwise, or any free one when that is 0.",
            HelpName = "PORT",
        };
        var noSamples = new Option<bool>("--no-samples") { Description = "Start without the sample service on a new data folder." };
        var roots = new Option<DirectoryInfo[]>("--model-root")
        {
            Description = "Further folder in which relative model paths of releases are looked up. May be given several times.",
            HelpName = "DIR",
        };
        var level = new Option<string>("--log-level")
        {
            Description = "trace, debug, information, warning or error.",
            DefaultValueFactory = _ => "warning",
        };
        level.AcceptOnlyFromAmong(LogLevels);

        var command =
            new Command("up", "Start the platform on this machine.") { data, host, port, apiPort, dashboardPort, noSamples, roots, level };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            int gatewayPort = parsed.GetValue(port);
            var options = new PlatformOptions
            {
                Data = new DataFolderLayout(parsed.GetValue(data)!.FullName),
                Host = parsed.GetValue(host)!,
                Port = gatewayPort,
                ApiPort = parsed.GetValue(apiPort),
                DashboardPort = parsed.GetValue(dashboardPort) ?? (gatewayPort == 0 ? 0 : gatewayPort + 1),
                WithSamples = !parsed.GetValue(noSamples),
                Samples = SamplesFolder(),
                ModelRoots = [.. (parsed.GetValue(roots) ?? []).Select(root => root.FullName)],
                LogLevel = Enum.Parse<LogLevel>(parsed.GetValue(level)!, ignoreCase: true),
            };
            return await Platform.RunAsync(options, cancellationToken);
        });
        return command;
    }

    private static Option<int> Port(string name, string description, int defaultValue)
    {
        var option = new Option<int>(name)
        {
            Description = $"{description}; 0 takes a free one.",
            HelpName = "PORT",
            DefaultValueFactory = _ => defaultValue,
        };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 0 or > 65535) result.AddError($"{name} must be between 0 and 65535.");
        });
        return option;
    }

    private static string? SamplesFolder()
    {
        string home = Environment.GetEnvironmentVariable(HomeVariable) ?? Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "..");
        string samples = Path.GetFullPath(Path.Combine(home, "samples"));
        return Directory.Exists(samples) ? samples : null;
    }
}
