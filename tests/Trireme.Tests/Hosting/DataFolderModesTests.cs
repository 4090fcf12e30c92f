using Trireme.Hosting;
using Trireme.Testing;

namespace Trireme.Tests.Hosting;

/// <summary>A data folder that others could look into is closed, and nothing in it that is not the platform's is touched.</summary>
public sealed class DataFolderModesTests : IDisposable
{
    private const UnixFileMode Open =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private const UnixFileMode Closed = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly TemporaryFolder _folder = new();

    private DataFolderLayout Data => new(_folder.Path);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_the_platforms_is_closed_and_said_once()
    {
        string[] own =
        [
            Make("platform.lock"), Make("objects.db-wal"), Make("token"), Make("kubeconfig"), Make("pki", "ca.pem"),
            Make("replicas", "default", "tiny-1", "state.json"), Make("logs", "replicas", "default", "tiny-1", "00001.log"),
        ];
        string model = Make("models", "tiny", "model.safetensors");
        string elsewhere = Make("elsewhere.txt");
        File.CreateSymbolicLink(_folder.File("logs", "link"), elsewhere);
        File.SetUnixFileMode(_folder.Path, Open);

        string? said = DataFolderModes.Close(Data);
        Assert.Equal($"{_folder.Path} could be looked into by other users (mode 0755); it is its owner's alone now", said);
        Assert.Equal(Closed, File.GetUnixFileMode(_folder.Path));
        foreach (string path in own)
        {
            for (string part = path; part != _folder.Path; part = Path.GetDirectoryName(part)!)
            {
                Assert.Equal(Closed, File.GetUnixFileMode(part));
            }
        }

        Assert.Equal(Open, File.GetUnixFileMode(model));
        Assert.Equal(Open, File.GetUnixFileMode(elsewhere));
        Assert.Null(DataFolderModes.Close(Data));
    }

    [Fact]
    public void Files_of_an_older_version_in_a_closed_folder_are_closed_too()
    {
        Make("platform.lock");
        File.SetUnixFileMode(_folder.Path, Closed);
        Assert.StartsWith("1 files in", DataFolderModes.Close(Data), StringComparison.Ordinal);
    }

    private string Make(params string[] path)
    {
        string file = _folder.File(path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, "");
        for (string part = file; part != _folder.Path; part = Path.GetDirectoryName(part)!) File.SetUnixFileMode(part, Open);
        return file;
    }
}
