using System.CommandLine;
using System.Globalization;
using Trireme.Governance.Sessions;
using Trireme.Hosting;
using Trireme.Hosting.Access;

namespace Trireme.Commands;

/// <summary>Prints a way into the dashboard.</summary>
internal static class DashboardCommand
{
    public static Command Create()
    {
        Option<DirectoryInfo> dataFolder = CommonOptions.DataFolder();
        var command = new Command("dashboard", "Print a link that signs one browser in to the dashboard.") { dataFolder };
        command.SetAction(async (parsed, _) =>
        {
            var data = new DataFolderLayout(parsed.GetValue(dataFolder)!.FullName);
            Console.Out.WriteLine(SignInLink.Create(data, TimeProvider.System));
            string minutes = OneTimeTokens.Lifetime.TotalMinutes.ToString(CultureInfo.InvariantCulture);
            await Console.Error.WriteLineAsync($"It works once, within {minutes} minutes.");
            return ExitCode.Success;
        });
        return command;
    }
}
