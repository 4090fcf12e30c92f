using Trireme.Contracts.Storage;

namespace Trireme.Hosting;

/// <summary>
/// Where the data folder lay when a platform last ran on it. A copy, a moved folder and a restored one tell of processes and addresses
/// that may be another platform's.
/// </summary>
internal static class DataFolderLocation
{
    /// <summary>Written into a restored folder: it has run nowhere yet.</summary>
    public const string Nowhere = "nowhere";

    /// <summary>Whether the folder lies elsewhere than before. One that never said where is taken for one that stayed.</summary>
    public static bool HasChanged(DataFolderLayout data) => File.Exists(data.Location) && !IsNoted(data);

    /// <summary>Notes where it lies now.</summary>
    public static void Remember(DataFolderLayout data)
    {
        if (!File.Exists(data.Location)) PrivateFile.Write(data.Location, Nowhere + "\n");
        if (!IsNoted(data)) PrivateFile.Write(data.Location, RealPath(data) + "\n");
    }

    private static bool IsNoted(DataFolderLayout data) => SmallFile.ReadAllText(data.Location).Trim() == RealPath(data);

    /// <summary>The folder's path without links, as the kernel knows it by a file that is open in it.</summary>
    private static string RealPath(DataFolderLayout data)
    {
        using var opened = new FileStream(data.Location, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        string? real = new FileInfo($"/proc/self/fd/{opened.SafeFileHandle.DangerousGetHandle()}").LinkTarget;
        return Path.GetDirectoryName(real) ?? data.Root;
    }
}
