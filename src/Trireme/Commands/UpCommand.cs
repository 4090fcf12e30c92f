using System.CommandLine;
using Trireme.Hosting;
using Trireme.Settings;

namespace Trireme.Commands;

internal static class UpCommand
{
    /// <summary>Set by the launcher to the folder the program was built from.</summary>
    private const string HomeVariable = "TRIREME_HOME";

    public static Command Create()
    {
        var settings = new SettingsOptions();
        var command = new Command("up", "Start the platform on this machine.");
        settings.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            OwnerOnlyFiles.Apply();
            PlatformSettings values = settings.Load(parsed).Checked().Values;
            HeapLimit.Apply(values);
            try
            {
                return await Platform.RunAsync(new PlatformOptions { Settings = values, Samples = SamplesFolder() }, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                // A signal that comes while it starts ends it as well as one that comes later.
                return ExitCode.Success;
            }
        });
        return command;
    }

    private static string? SamplesFolder()
    {
        string home = Environment.GetEnvironmentVariable(HomeVariable) ?? Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "..");
        string samples = Path.GetFullPath(Path.Combine(home, "samples"));
        return Directory.Exists(samples) ? samples : null;
    }
}
