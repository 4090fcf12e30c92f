using Trireme.Testing;

namespace Trireme.EndToEnd.Tests;

/// <summary>
/// A file of the data folder that cannot be used ends the start with its name, the exit code of a file that is wrong, and no stack trace.
/// </summary>
public sealed class DamagedFolderTests
{
    [Theory]
    [InlineData("objects.db", true)]
    [InlineData("objects.db", false)]
    [InlineData("objects.db.lock", true)]
    [InlineData("token", false)]
    [InlineData("token", true)]
    [InlineData("pki/ca.crt", false, 3)] // Its key is not there.
    [InlineData("pki/server.key", true)]
    [InlineData("kubeconfig", true)]
    [InlineData("credentials/api-key", true)]
    public async Task The_start_names_it(string file, bool isFolder, int code = 4)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File(file.Split('/'));
        Directory.CreateDirectory(isFolder ? path : Path.GetDirectoryName(path)!);
        if (!isFolder) await File.WriteAllTextAsync(path, "", TestContext.Current.CancellationToken);

        CommandResult result = await CommandResult.RunAsync(
            PlatformProcess.Program, ["up", "--port", "0", "--api-port", "0", "--no-samples", "--data-dir", folder.Path]);
        Assert.Equal(code, result.ExitCode);
        Assert.Contains(path, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled exception", result.Error, StringComparison.Ordinal);
    }
}
