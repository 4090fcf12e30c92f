using System.CommandLine;
using System.Globalization;
using Trireme.Backup;
using Trireme.Hosting;

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
        var command = new Command(
            "restore",
            "Put a backup into a data folder on which no platform runs. The archive is checked as a whole before anything is changed.")
        {
            file, folder, force,
        };
        command.SetAction(parsed =>
        {
            OwnerOnlyFiles.Apply();
            var data = new DataFolderLayout(parsed.GetValue(folder)!.FullName);
            string archive = parsed.GetValue(file)!.FullName;
            if (!File.Exists(archive)) throw new CommandException($"there is no file {archive}", ExitCode.NotFound);
            using DataFolderLock held = DataFolderLock.Acquire(data);
            RestoredFolder restored = Restore(archive, data, parsed.GetValue(force));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"Restored {restored.Manifest.Objects} objects at revision {restored.Manifest.Revision}, backed up at "
                + $"{restored.Manifest.CreatedAt:yyyy-MM-dd HH:mm:ss} UTC, to {data.Root}."));
            if (restored.Replaced is { } replaced) Console.WriteLine($"What was there before lies in {replaced}.");
            Console.WriteLine($"Start with: ./trireme up --data-dir {data.Root}");
            return ExitCode.Success;
        });
        return command;
    }

    private static RestoredFolder Restore(string archive, DataFolderLayout data, bool force)
    {
        try
        {
            return FolderRestore.Restore(archive, data, force, TimeProvider.System.GetUtcNow());
        }
        catch (InvalidDataException exception)
        {
            throw new CommandException($"{exception.Message}. Nothing was changed", ExitCode.Invalid, exception);
        }
    }
}
