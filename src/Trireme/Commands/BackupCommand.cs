using System.CommandLine;
using System.Globalization;
using Trireme.Backup;
using Trireme.Contracts.Serialization;
using Trireme.Hosting;

namespace Trireme.Commands;

internal static class BackupCommand
{
    public static Command Create()
    {
        var file = new Argument<FileInfo>("file") { Description = "Archive to write; one that is there is replaced.", HelpName = "FILE" };
        Option<DirectoryInfo> folder = CommonOptions.DataFolder();
        var command = new Command(
            "backup",
            "Back up the platform's data folder, also while it runs: the objects as of one moment, keys, tokens and certificates. The file "
            + "holds secrets and is readable by its owner only. Model files, logs and running replicas are not in it.")
        {
            file, folder,
        };
        command.SetAction(parsed =>
        {
            OwnerOnlyFiles.Apply();
            var data = new DataFolderLayout(parsed.GetValue(folder)!.FullName);
            string target = parsed.GetValue(file)!.FullName;
            if (Directory.Exists(target)) throw new CommandException($"{target} is a folder; name a file in it", ExitCode.Usage);
            BackupManifest manifest = BackupWriter.Write(data, target, TimeProvider.System.GetUtcNow());
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"Backed up {manifest.Objects} objects at revision {manifest.Revision}, and {manifest.Files.Count - 1} keys and "
                + $"certificates, to {target} ({new ByteSize(new FileInfo(target).Length)})."));
            return ExitCode.Success;
        });
        return command;
    }
}
