using System.CommandLine;
using Trireme.Hosting;
using Trireme.Hosting.Gateways;
using Trireme.Settings;

namespace Trireme.Commands;

internal static class GatewayCommand
{
    public static Command Create()
    {
        var settings = new SettingsOptions("dataDir", "gateway", "log");
        Option<int> metricsPort = NumberOption.Of("--metrics-port", "Port of GET /metrics on 127.0.0.1; 0 takes a free one.", 0, 65535, 0);
        var command = new Command(
            "gateway",
            "Serve clients from a process of its own, beside the platform of the same data folder. It goes on with the routes and keys it "
            + "knows while the platform is restarted, upgraded or frozen. Give it another port than the platform's gateway.");
        settings.AddTo(command);
        command.Add(metricsPort);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            OwnerOnlyFiles.Apply();
            PlatformSettings values = settings.Load(parsed).Checked().Values;
            HeapLimit.Apply(values);
            var options = new PlatformOptions { Settings = values };
            return await StandaloneGateway.RunAsync(options, parsed.GetValue(metricsPort), cancellationToken);
        });
        return command;
    }
}
