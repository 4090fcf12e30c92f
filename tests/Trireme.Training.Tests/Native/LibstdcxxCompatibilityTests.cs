using System.Runtime.InteropServices;
using CsCheck;
using Trireme.Training.Native;

namespace Trireme.Training.Tests.Native;

public class LibstdcxxCompatibilityTests
{
    [Fact]
    public void The_library_of_the_package_is_adapted_once()
    {
        string path = Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native", "libLibTorchSharp.so");
        bool linux = OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64;
        Assert.SkipUnless(linux, "The package has this library for Linux on x64.");
        byte[] original = File.ReadAllBytes(path);
        byte[] adapted = [.. original];
        Assert.True(LibstdcxxCompatibility.Adapt(adapted));
        // One symbol name, one version hash and one version name differ.
        Assert.InRange(original.Zip(adapted).Count(pair => pair.First != pair.Second), 5, 40);
        byte[] again = [.. adapted];
        Assert.False(LibstdcxxCompatibility.Adapt(again));
        Assert.Equal(adapted, again);
    }

    [Fact]
    public void Other_files_are_left_alone()
    {
        Gen.Byte.Array[0, 400].Sample(
            bytes =>
            {
                byte[] image = [0x7f, (byte)'E', (byte)'L', (byte)'F', .. bytes];
                byte[] before = [.. image];
                Assert.False(LibstdcxxCompatibility.Adapt(image));
                Assert.Equal(before, image);
            },
            iter: 2000,
            seed: "000000000050");
    }
}
