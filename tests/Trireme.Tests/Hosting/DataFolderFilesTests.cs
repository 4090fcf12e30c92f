using Microsoft.Extensions.Time.Testing;
using Trireme.Backup;
using Trireme.Contracts.Storage;
using Trireme.Hosting;
using Trireme.Hosting.Access;
using Trireme.Hosting.Listening;
using Trireme.Manifests;
using Trireme.Settings;
using Trireme.Testing;

namespace Trireme.Tests.Hosting;

/// <summary>Where a file is expected, a pipe, a socket, a folder or a device is named and never waited for.</summary>
public sealed class DataFolderFilesTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string> Own
    {
        get
        {
            string[] files =
            [
                "platform.lock", "endpoints.json", "location", "restore.unfinished", "token", "tokens.csv", "kubeconfig",
                "logs/trireme.log", "credentials/api-key", "credentials/telemetry-key", "credentials/sign-in-key",
                "credentials/browser/key-1.xml", "pki/ca.crt",
            ];
            var all = new TheoryData<string, string>();
            foreach (string file in files)
            {
                foreach (string kind in SpecialFile.Names.Keys) all.Add(file, kind);
            }

            return all;
        }
    }

    private DataFolderLayout Data => new(_folder.Path);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Own))]
    public void A_start_names_what_stands_where_it_keeps_a_file(string file, string kind)
    {
        DataFolderFiles.Check(Data);
        string path = Make(file, kind);
        IOException told = Assert.Throws<IrregularFileException>(() => DataFolderFiles.Check(Data));
        Assert.StartsWith($"{path} is {SpecialFile.Names[kind]} and not a file; move it away", told.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("credentials")]
    [InlineData("pki")]
    [InlineData("logs")]
    [InlineData("logs/replicas")]
    [InlineData("replicas")]
    public void A_start_names_what_stands_where_it_keeps_a_folder(string folder)
    {
        string path = _folder.File(folder);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.CreateSymbolicLink(path, path);
        Assert.StartsWith(
            $"{path} is a link that leads back to itself",
            Assert.Throws<IrregularFileException>(() => DataFolderFiles.Check(Data)).Message,
            StringComparison.Ordinal);
        File.Delete(path);
        File.WriteAllText(path, "");
        Assert.StartsWith(
            $"{path} is a file and not a folder",
            Assert.Throws<IrregularFileException>(() => DataFolderFiles.Check(Data)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("credentials")]
    [InlineData("pki")]
    public void A_backup_does_not_pass_over_a_folder_that_is_none(string folder)
    {
        File.CreateSymbolicLink(_folder.File(folder), _folder.File(folder));
        Assert.Throws<IrregularFileException>(() => BackupContent.Find(_folder.Path));
    }

    /// <summary>Whoever reads them: a file that no key or note can be is the content's fault, which the exit code tells.</summary>
    [Fact]
    public void A_file_far_too_large_is_wrong_and_no_failure()
    {
        using (FileStream file = File.Create(_folder.File("location"))) file.SetLength(SmallFile.BytesMax + 1);
        IOException told = Assert.Throws<IrregularFileException>(() => DataFolderLocation.HasChanged(Data));
        Assert.Equal(ExitCode.Invalid, CommandFailure.Of(told)!.Code);
    }

    [Theory]
    [InlineData("pipe")]
    [InlineData("socket")]
    [InlineData("device")]
    public async Task A_command_that_reads_one_says_so_and_ends(string kind)
    {
        await ToldAsync(Make("credentials/api-key", kind), () => LocalKeys.Api(Data));
        await ToldAsync(Make("credentials/telemetry-key", kind), () => LocalKeys.Telemetry(Data));
        await ToldAsync(Make("endpoints.json", kind), () => Endpoints.Read(Data));
        await ToldAsync(Make("settings.yaml", kind), () => SettingsFile.Read(_folder.File("settings.yaml")));
        await ToldAsync(Make("objects.yaml", kind), () => ManifestReader.Read(_folder.File("objects.yaml")));
        await ToldAsync(
            Make("tls.crt", kind),
            () => TlsCertificate.Load(new TlsSettings { CertificateFile = _folder.File("tls.crt"), KeyFile = _folder.File("tls.key") }));
    }

    [Fact]
    public async Task A_lock_that_is_a_pipe_is_held_by_nobody_and_named()
    {
        using (DataFolderLock.Acquire(Data))
        {
            new Endpoints
            {
                Gateway = "g", Dashboard = "d", Api = "a", Kubeconfig = "k", Process = ProcessStamp.Own,
            }.Write(Data);
        }

        File.Delete(Data.Lock);
        await ToldAsync(Make("platform.lock", "pipe"), () => Endpoints.Read(Data));
        File.Delete(Data.Endpoints);
        Make("endpoints.json", "folder");
        await ToldAsync(Data.Endpoints, () => Endpoints.Read(Data));
    }

    [Fact]
    public async Task A_sign_in_key_that_is_a_pipe_is_replaced_by_the_start_and_named_by_a_command()
    {
        using DataFolderLock held = DataFolderLock.Acquire(Data);
        new Endpoints { Gateway = "g", Dashboard = "http://d", Api = "a", Kubeconfig = "k", Process = ProcessStamp.Own }.Write(Data);
        await ToldAsync(Make("credentials/sign-in-key", "pipe"), () => SignInLink.Create(Data, new FakeTimeProvider()));
        await Task.Run(() => DashboardSecrets.Open(Data)).WaitAsync(Patience, TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.NotEmpty(SignInLink.Create(Data, new FakeTimeProvider()));
    }

    [Fact]
    public void What_a_dead_platform_left_half_written_goes_and_others_files_stay()
    {
        const string Half = ".0123456789abcdef0123456789abcdef.tmp";
        foreach (string name in (string[])["endpoints.json" + Half, "credentials/api-key" + Half, "pki/ca.key" + Half, "notes.tmp"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(name))!);
            File.WriteAllText(_folder.File(name), "");
        }

        DataFolderFiles.RemoveUnfinished(Data);
        Assert.Equal(
            ["notes.tmp"], Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories).Select(Path.GetFileName));
    }

    private string Make(string file, string kind)
    {
        string path = _folder.File(file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        SpecialFile.Make(kind, path);
        return path;
    }

    private static async Task ToldAsync(string path, Action read)
    {
        CommandException told = await Assert.ThrowsAsync<CommandException>(() => Task.Run(read)
            .WaitAsync(Patience, TimeProvider.System, TestContext.Current.CancellationToken));
        Assert.Contains(path, told.Message, StringComparison.Ordinal);
        Assert.Contains(" and not a file; move it away", told.Message, StringComparison.Ordinal);
    }
}
