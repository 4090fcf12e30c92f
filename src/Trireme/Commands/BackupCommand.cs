using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Backup;
using Trireme.Contracts.Serialization;
using Trireme.Hosting;
using Trireme.Output;

namespace Trireme.Commands;

internal static class BackupCommand
{
    public static Command Create()
    {
        var file = new Argument<FileInfo>("file") { Description = "Archive to write; one that is there is replaced.", HelpName = "FILE" };
        Option<DirectoryInfo> folder = CommonOptions.DataFolder();
        Option<OutputFormat> output = CommonOptions.Output(OutputFormat.Text, OutputFormat.Json, OutputFormat.Yaml);
        var command = new Command(
            "backup",
            "Back up the platform's data folder, also while it runs: the objects as of one moment, what clients used, kept responses, "
            + "keys, tokens and certificates. The file holds secrets and is readable by its owner only. Model files, logs and running "
            + "replicas are not in it.")
        {
            file, folder, output,
        };

        // Asynchronous, so that Ctrl+C takes what is half written away.
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () =>
            {
                var data = new DataFolderLayout(parsed.GetValue(folder)!.FullName);
                Run(data, parsed.GetValue(file)!.FullName, parsed.GetValue(output), cancellationToken);
                return ExitCode.Success;
            },
            CancellationToken.None));
        return command;
    }

    private static void Run(DataFolderLayout data, string target, OutputFormat format, CancellationToken cancellationToken)
    {
        OwnerOnlyFiles.Apply();
        TargetFile.Check(target);
        BackupManifest manifest;
        using (var line = ProgressLine.Open())
        {
            var bar = new ProgressBar(line, TimeProvider.System);
            manifest = BackupWriter.Write(data, target, TimeProvider.System.GetUtcNow(), bar.Show, cancellationToken);
        }

        foreach (string sentence in manifest.LeftOut) Console.Error.WriteLine($"Warning: {sentence}");
        long bytes = new FileInfo(target).Length;
        if (format != OutputFormat.Text)
        {
            JsonObject json = JsonSerializer.SerializeToNode(manifest, ResourceJson.Options)!.AsObject();
            json["file"] = target;
            json["bytes"] = bytes;
            ObjectPrinter.Print(json, format, Console.Out);
            return;
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Backed up {manifest.Objects} objects at revision {manifest.Revision}, and "
            + $"{manifest.Files.Count(static file => BackupContent.IsSecret(file.Name))} keys and certificates, to {target} "
            + $"({new ByteSize(bytes).ToRoundedText()})."));
    }
}
