using System.Runtime.InteropServices;

namespace Trireme.Training.Native;

/// <summary>Loads libtorch's binding so that it also works on distributions with an older C++ runtime.</summary>
internal static class TorchRuntime
{
    private const string LibraryName = "libLibTorchSharp.so";

    /// <summary>
    /// Each library would choose kernels by the processor it finds, and each kernel adds in another order. With one set of kernels,
    /// a seed gives the same model on any x64 machine with AVX2, as long as the thread count is the same.
    /// </summary>
    private static readonly (string Variable, string Value)[] KernelChoices =
        [("ATEN_CPU_CAPABILITY", "avx2"), ("ONEDNN_MAX_CPU_ISA", "AVX2"), ("MKL_CBWR", "AVX2")];

    /// <summary>Call once before the first use of TorchSharp.</summary>
    public static void Load()
    {
        // The runtime's own environment is a copy that native code does not see.
        foreach ((string variable, string value) in KernelChoices) _ = NativeMethods.SetEnvironment(variable, value, overwrite: 0);
        LoadBinding();
    }

    /// <summary>Where the library loads as it is, nothing else happens.</summary>
    private static void LoadBinding()
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

    private static class NativeMethods
    {
        [DllImport("libc", EntryPoint = "setenv", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int SetEnvironment(
            [MarshalAs(UnmanagedType.LPUTF8Str)] string name, [MarshalAs(UnmanagedType.LPUTF8Str)] string value, int overwrite);
    }
}
