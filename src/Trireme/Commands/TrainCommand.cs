using System.CommandLine;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Trireme.Commands;

internal static class TrainCommand
{
    private const string TrainerVariable = "TRIREME_TRAINER";

    public static Command Create()
    {
        var file = new Option<FileInfo>("--filename", "-f") { Description = "TrainingJob manifest.", HelpName = "FILE", Required = true };
        var output = new Option<DirectoryInfo>("--output-dir")
        {
            Description = "Folder to write the model to instead of the manifest's.",
            HelpName = "DIR",
        };
        var progress = new ChoiceOption<string>(
            "--progress",
            "How it is shown: plain has lines, json has lines for machines.",
            ("auto", "auto"),
            ("plain", "plain"),
            ("json", "json"));

        var command = new Command(
            "train",
            """
            Run a training job on this machine and show its progress.

            Exit codes: 0 the model is written; 1 a file cannot be read or written; 3 a file is not there; 4 the manifest is wrong, or is no
            file; 9 the model is written but differs from the one the same job made before; 130 stopped by a signal.
            """) { file, output, progress };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string manifest = parsed.GetValue(file)!.FullName;
            CommandException.ThrowIfMissing(manifest);
            List<string> arguments = ["train", "--filename", manifest, "--progress", progress.Of(parsed)];
            if (parsed.GetValue(output) is { } folder) arguments.AddRange(["--output-dir", folder.FullName]);
            return await RunAsync(Trainer(), arguments, cancellationToken);
        });
        return command;
    }

    private static string Trainer()
    {
        string path = Environment.GetEnvironmentVariable(TrainerVariable) is { Length: > 0 } named
            ? named
            : Path.Combine(AppContext.BaseDirectory, "..", "..", "Trireme.Training", "release", "Trireme.Training");
        return File.Exists(path)
            ? path
            : throw new CommandException(
                $"the trainer is not there ({path}); the ./trireme launcher builds it, or set {TrainerVariable} to its path");
    }

    private static async Task<int> RunAsync(string trainer, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(trainer, arguments))!;
        // The trainer writes to the same terminal and ends itself cleanly: it is asked, not killed.
        await using CancellationTokenRegistration _ = cancellationToken.Register(() => Interrupt(process.Id));
        await process.WaitForExitAsync(CancellationToken.None);
        return process.ExitCode;
    }

    private static void Interrupt(int pid) => _ = NativeMethods.Kill(pid, NativeMethods.SigInt);

    private static class NativeMethods
    {
        public const int SigInt = 2;

        [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Kill(int pid, int signal);
    }
}
