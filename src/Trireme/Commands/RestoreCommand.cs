using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Backup;
using Trireme.Contracts.Serialization;
using Trireme.Hosting;
using Trireme.Output;

namespace Trireme.Commands;

internal static class RestoreCommand
{
    public static Command Create()
    {
        var file = new Argument<FileInfo>("file") { Description = "Archive that \"trireme backup\" wrote.", HelpName = "FILE" };
        Option<DirectoryInfo> folder = CommonOptions.DataFolder();
        var force = new Option<bool>("--force")
        {
            Description = "Replace what is in the data folder; it is moved into a folder beside it and not deleted.",
        };
        Option<OutputFormat> output = CommonOptions.Output(OutputFormat.Text, OutputFormat.Json, OutputFormat.Yaml);
        var command = new Command(
            "restore",
            "Put a backup into a data folder on which no platform runs. The archive is checked as a whole before anything is changed.")
        {
            file, folder, force, output,
        };

        // Asynchronous, so that Ctrl+C takes what is half unpacked away.
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () =>
            {
                OwnerOnlyFiles.Apply();
                var data = new DataFolderLayout(parsed.GetValue(folder)!.FullName);
                string archive = parsed.GetValue(file)!.FullName;
                CommandException.ThrowIfMissing(archive);
                using DataFolderLock held = DataFolderLock.Acquire(data);
                Print(Restore(archive, data, parsed.GetValue(force), cancellationToken), data, parsed.GetValue(output));
                return ExitCode.Success;
            },
            CancellationToken.None));
        return command;
    }

    private static RestoredFolder Restore(string archive, DataFolderLayout data, bool force, CancellationToken cancellationToken)
    {
        using var line = ProgressLine.Open();
        var bar = new ProgressBar(line, TimeProvider.System);
        try
        {
            return FolderRestore.Restore(archive, data, force, TimeProvider.System.GetUtcNow(), bar.Show, cancellationToken);
        }
        catch (InvalidDataException exception)
        {
            throw new CommandException($"{Clause.Of(exception)}. Nothing was changed", ExitCode.Invalid, exception);
        }
    }

    private static void Print(RestoredFolder restored, DataFolderLayout data, OutputFormat format)
    {
        if (format != OutputFormat.Text)
        {
            JsonObject json = JsonSerializer.SerializeToNode(restored.Manifest, ResourceJson.Options)!.AsObject();
            json["dataFolder"] = data.Root;
            json["replaced"] = restored.Replaced;
            ObjectPrinter.Print(json, format, Console.Out);
            return;
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Restored {restored.Manifest.Objects} objects at revision {restored.Manifest.Revision}, backed up at "
            + $"{restored.Manifest.CreatedAt:yyyy-MM-dd HH:mm:ss} UTC, to {data.Root}."));
        if (restored.Replaced is { } replaced) Console.WriteLine($"What was there before lies in {replaced}.");
        Console.WriteLine($"Start with: ./trireme up --data-dir {data.Root}");
    }
}
