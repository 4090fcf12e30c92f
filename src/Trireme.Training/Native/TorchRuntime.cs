using System.Runtime.InteropServices;

namespace Trireme.Training.Native;

/// <summary>Loads libtorch's binding so that it also works on distributions with an older C++ runtime.</summary>
internal static class TorchRuntime
{
    private const string LibraryName = "libLibTorchSharp.so";

    /// <summary>Call once before the first use of TorchSharp. Where the library loads as it is, nothing else happens.</summary>
    public static void Load()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64) return;
        string? folder = Folders().FirstOrDefault(candidate => File.Exists(Path.Combine(candidate, LibraryName)));
        if (folder is null || NativeLibrary.TryLoad(Path.Combine(folder, LibraryName), out _)) return;

        byte[] image = File.ReadAllBytes(Path.Combine(folder, LibraryName));
        // Another reason for the failure stays for TorchSharp to report.
        if (!LibstdcxxCompatibility.Adapt(image)) return;

        DirectoryInfo temporary = Directory.CreateTempSubdirectory("trireme-torch-");
        try
        {
            string adapted = Path.Combine(temporary.FullName, LibraryName);
            File.WriteAllBytes(adapted, image);
            // The copy lies apart from the libraries it needs; loaded first, they are found by name.
            NativeLibrary.Load(Path.Combine(folder, "libtorch.so"));
            NativeLibrary.Load(adapted);
        }
        finally
        {
            // The loader maps the file; its name is not needed any more.
            temporary.Delete(recursive: true);
        }
    }

    private static IEnumerable<string> Folders() =>
        [AppContext.BaseDirectory, Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native")];
}
