using System.CommandLine;
using Trireme.Contracts.Serialization;
using Trireme.Hosting;

namespace Trireme.Commands;

/// <summary>Prints what clients read from the environment, with the addresses of the platform that runs, for a shell to take.</summary>
internal static class EnvCommand
{
    public static Command Create()
    {
        Option<DirectoryInfo> folder = CommonOptions.DataFolder();
        var command = new Command(
            "env",
            "Print shell lines that lead OpenAI's clients, kubectl and these commands to the platform: eval \"$(./trireme env)\".")
        {
            folder,
        };
        command.SetAction(parsed =>
        {
            var data = new DataFolderLayout(parsed.GetValue(folder)!.FullName);
            Endpoints endpoints = Endpoints.Read(data);
            Print(DataFolderLayout.EnvironmentVariable, data.Root);
            Print("OPENAI_BASE_URL", endpoints.Gateway);
            Print("OPENAI_API_KEY", LocalKeys.Api(data));
            Print("KUBECONFIG", endpoints.Kubeconfig);
            return ExitCode.Success;
        });
        return command;
    }

    private static void Print(string name, string value) => Console.WriteLine($"export {name}={ShellWord.Of(value)}");
}
