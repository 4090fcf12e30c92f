using Trireme.Contracts.Storage;

namespace Trireme.Commands;

/// <summary>A file that a command is to write under the name a person gave. Looked at before the work that ends in it is begun.</summary>
internal static class TargetFile
{
    /// <exception cref="CommandException">It is a folder, or its folder is not there.</exception>
    /// <exception cref="IrregularFileException">Something else has the name, or the name leads through what is no folder.</exception>
    public static void Check(string path)
    {
        if (Directory.Exists(path)) throw new CommandException($"{path} is a folder; name a file in it", ExitCode.Invalid);
        RegularFile.ThrowIfIrreplaceable(path);
        string folder = Path.GetDirectoryName(path)!;
        if (!Directory.Exists(folder)) throw new CommandException($"there is no folder {folder}; make it first", ExitCode.NotFound);
    }
}
