using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Trireme.ApiServer.Hosting;
using Trireme.Backup;
using Trireme.Contracts.Storage;
using Trireme.Hosting;
using Trireme.Testing;

namespace Trireme.Tests.Backup;

/// <summary>A backup of a running store is whole, and a restore gives all of it back or changes nothing.</summary>
public sealed class BackupTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = new(2026, 11, 29, 9, 0, 0, TimeSpan.Zero);

    private readonly TemporaryFolder _folder = new();
    private EmbeddedApiServer? _server;

    private DataFolderLayout Data => new(_folder.File("data"));

    private string Archive => _folder.File("backup.tgz");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await EmbeddedApiServer.StartAsync(new EmbeddedApiServerOptions { DataFolder = Data.Root }, Cancelled);
        Directory.CreateDirectory(Path.GetDirectoryName(Data.ApiKey)!);
        await File.WriteAllTextAsync(Data.ApiKey, "trk_secret\n", Cancelled);
        await File.WriteAllTextAsync(Path.Combine(Data.Root, "tokens.csv"), "t,ann,7\n", Cancelled);
        await CreateAsync(_server, "first");
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("pipe", "")]
    [InlineData("socket", "")]
    [InlineData("device", "")]
    [InlineData("pipe", ".partial")]
    public async Task A_backup_never_takes_the_place_of_what_is_no_file(string kind, string ending)
    {
        string path = Archive + ending;
        SpecialFile.Make(kind, path);
        string[] before = Directory.GetFileSystemEntries(_folder.Path);
        Task<BackupManifest> writing = Task.Run(() => BackupWriter.Write(Data, Archive, Now, cancellationToken: Cancelled), Cancelled);
        string told = (await Assert.ThrowsAsync<IrregularFileException>(
            () => writing.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, Cancelled))).Message;
        Assert.StartsWith($"{path} is {SpecialFile.Names[kind]} and not a file", told, StringComparison.Ordinal);
        Assert.Equal(before, Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Of_two_backups_to_one_file_the_second_says_that_there_is_another()
    {
        string partial = Archive + ".partial";
        using (new FileStream(partial, FileMode.CreateNew, FileAccess.Write, FileShare.None))
        {
            IOException told = Assert.Throws<IOException>(() => BackupWriter.Write(Data, Archive, Now, cancellationToken: Cancelled));
            Assert.Equal($"another backup writes {partial}; wait until it has ended, or name another file", told.Message);
            Assert.True(File.Exists(partial));
        }

        BackupWriter.Write(Data, Archive, Now, cancellationToken: Cancelled);
    }

    [Fact]
    public async Task What_was_acknowledged_before_a_backup_is_in_it_and_comes_back_under_the_same_keys()
    {
        BackupManifest manifest = BackupWriter.Write(Data, Archive, Now, cancellationToken: Cancelled);
        await CreateAsync(_server!, "after");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Archive));
        Assert.Equal(
            ["objects.db", "token", "tokens.csv", "pki/ca.crt", "pki/ca.key", "pki/server.crt", "pki/server.key", "credentials/api-key"],
            manifest.Files.Select(file => file.Name));
        string token = _server!.Token;
        string authority = _server.AuthorityPem;
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path, "backup.tgz.p*"));
        await StopAsync();

        var restored = new DataFolderLayout(_folder.File("restored"));
        FolderRestore.Restore(Archive, Empty(restored), force: false, Now, cancellationToken: Cancelled);
        FolderRestore.CheckFinished(restored);
        await using EmbeddedApiServer again =
            await EmbeddedApiServer.StartAsync(new EmbeddedApiServerOptions { DataFolder = restored.Root }, Cancelled);
        Assert.Equal((token, authority), (again.Token, again.AuthorityPem));
        using HttpClient client = again.CreateClient();
        Assert.Equal(200, await StatusAsync(client, "first"));
        Assert.Equal(404, await StatusAsync(client, "after"));
        Assert.Equal("trk_secret\n", await File.ReadAllTextAsync(restored.ApiKey, Cancelled));
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(restored.Root, "objects.db")));
    }

    [Fact]
    public async Task A_backup_under_writes_is_of_one_revision_with_everything_up_to_it()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        int written = 0;
        Task writing = Task.Run(
            async () =>
            {
                while (!stop.IsCancellationRequested) await CreateAsync(_server!, $"w{written++}");
            },
            Cancelled);
        await Eventually.True("writes are under way", TimeSpan.FromSeconds(20), () => Task.FromResult(written > 20), Cancelled);
        BackupManifest manifest = BackupWriter.Write(Data, Archive, Now, cancellationToken: Cancelled);
        await stop.CancelAsync();
        await writing;

        // Every write makes one object and one revision, so a whole state has as many of one as of the other.
        Assert.True(manifest.Objects > 20);
        Assert.Equal(manifest.Revision, manifest.Objects);
    }

    [Fact]
    public void A_backup_that_fails_leaves_the_one_before()
    {
        BackupWriter.Write(Data, Archive, Now, cancellationToken: Cancelled);
        byte[] before = File.ReadAllBytes(Archive);
        File.WriteAllBytes(Path.Combine(Data.Root, "pki", "large"), new byte[BackupContent.MaxFileBytes + 1]);
        Assert.Throws<InvalidDataException>(() => BackupWriter.Write(Data, Archive, Now, cancellationToken: Cancelled));
        Assert.Equal(before, File.ReadAllBytes(Archive));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path, "backup.tgz.p*"));
    }

    /// <summary>Ctrl+C leaves neither secrets in half a file nor half a folder.</summary>
    [Fact]
    public void A_backup_or_restore_that_is_ended_leaves_nothing_behind()
    {
        BackupWriter.Write(Data, Archive, Now, cancellationToken: Cancelled);
        byte[] before = File.ReadAllBytes(Archive);
        var target = new DataFolderLayout(_folder.File("target"));
        Empty(target);
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => BackupWriter.Write(Data, Archive, Now, (_, _) => stop.Cancel(), stop.Token));
        Assert.Equal(before, File.ReadAllBytes(Archive));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path, "backup.tgz.p*"));

        using var second = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(
            () => FolderRestore.Restore(Archive, target, force: false, Now, (_, _) => second.Cancel(), second.Token));
        Assert.Equal([target.Lock], Directory.GetFileSystemEntries(target.Root));
    }

    [Fact]
    public void The_bytes_of_a_backup_are_told_to_their_end()
    {
        var told = new List<(long Done, long All)>();
        BackupManifest manifest = BackupWriter.Write(Data, Archive, Now, (done, all) => told.Add((done, all)), Cancelled);
        long all = manifest.Files.Sum(static file => file.Bytes);
        Assert.Equal((all, all), told[^1]);
        Assert.Equal(told.OrderBy(static one => one.Done), told);
    }

    [Fact]
    public void An_archive_cut_off_anywhere_is_refused_and_nothing_is_changed()
    {
        BackupWriter.Write(Data, Archive, Now, cancellationToken: Cancelled);
        byte[] whole = File.ReadAllBytes(Archive);
        var target = new DataFolderLayout(_folder.File("target"));
        Empty(target);

        // All but the very end, which is the compressed stream's own checksum: what it covers has digests of its own.
        for (int i = 0; i < 40; i++)
        {
            File.WriteAllBytes(Archive, whole[..(int)((long)whole.Length * i / 40)]);
            AssertRefused(target);
        }
    }

    [Fact]
    public void An_archive_with_a_changed_byte_is_refused_or_gives_what_was_written()
    {
        BackupWriter.Write(Data, Archive, Now, cancellationToken: Cancelled);
        byte[] whole = File.ReadAllBytes(Archive);
        var random = new Random(29);
        for (int i = 0; i < 40; i++)
        {
            byte[] changed = [.. whole];
            changed[random.Next(changed.Length)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(Archive, changed);
            var target = new DataFolderLayout(_folder.File($"target-{i}"));
            try
            {
                FolderRestore.Restore(Archive, Empty(target), force: false, Now, cancellationToken: Cancelled);
            }
            catch (InvalidDataException)
            {
                Assert.Equal(["platform.lock"], Directory.GetFileSystemEntries(target.Root).Select(Path.GetFileName));
                continue;
            }

            // A bit of the compressed stream's frame that says nothing of its content.
            Assert.Equal(
                File.ReadAllText(Path.Combine(Data.Root, "token")), File.ReadAllText(Path.Combine(target.Root, "token")));
        }
    }

    public static TheoryData<string, Action<JsonObject>, string> Lies { get; } = new()
    {
        { "a newer form", manifest => manifest["format"] = 2, "a form that this version does not read" },
        { "no form", manifest => manifest.Remove("format"), "a form that this version does not read" },
        { "a name that leads out", manifest => manifest["files"]![1]!["name"] = "../token", "which no backup holds" },
        { "an absolute name", manifest => manifest["files"]![1]!["name"] = "/etc/passwd", "which no backup holds" },
        { "a name that leads out of a folder", manifest => manifest["files"]![1]!["name"] = "pki/../../token", "which no backup holds" },
        { "a file no backup holds", manifest => manifest["files"]![1]!["name"] = "tokens.exe", "which no backup holds" },
        { "a name twice", manifest => manifest["files"]![1]!["name"] = "objects.db", "names a file twice" },
        { "no database", manifest => manifest["files"]!.AsArray().RemoveAt(0), "holds no objects.db" },
        { "a file left out", manifest => manifest["files"]!.AsArray().RemoveAt(2), "is not where its manifest says" },
        { "another digest", manifest => manifest["files"]![1]!["sha256"] = new string('0', 64), "its digest differs" },
        { "another length", manifest => manifest["files"]![1]!["bytes"] = 3, "another length" },
        { "another revision", manifest => manifest["revision"] = 1, "another than its manifest describes" },
    };

    [Theory]
    [MemberData(nameof(Lies))]
    public void An_archive_whose_manifest_lies_is_refused(string what, Action<JsonObject> lie, string expected)
    {
        BackupWriter.Write(Data, Archive, Now, cancellationToken: Cancelled);
        Rewrite(Archive, lie);
        var target = new DataFolderLayout(_folder.File("target"));
        string message = AssertRefused(Empty(target));
        Assert.True(message.Contains(expected, StringComparison.Ordinal), $"{what}: {message}");
    }

    [Fact]
    public async Task A_restore_over_data_needs_a_word_and_keeps_what_was_there()
    {
        BackupWriter.Write(Data, Archive, Now, cancellationToken: Cancelled);
        await CreateAsync(_server!, "later");
        await StopAsync();
        Directory.CreateDirectory(Path.Combine(Data.Root, "models"));

        var refused = Assert.Throws<CommandException>(
            () => FolderRestore.Restore(Archive, Data, force: false, Now, cancellationToken: Cancelled));
        Assert.Contains("--force", refused.Message, StringComparison.Ordinal);
        RestoredFolder done = FolderRestore.Restore(Archive, Data, force: true, Now, cancellationToken: Cancelled);
        Assert.Equal(Path.Combine(Data.Root, "replaced-20261129T090000Z"), done.Replaced);
        Assert.True(File.Exists(Path.Combine(done.Replaced!, "objects.db")));
        Assert.True(Directory.Exists(Path.Combine(Data.Root, "models")));

        await using (EmbeddedApiServer again =
            await EmbeddedApiServer.StartAsync(new EmbeddedApiServerOptions { DataFolder = Data.Root }, Cancelled))
        {
            using HttpClient client = again.CreateClient();
            Assert.Equal(404, await StatusAsync(client, "later"));
        }

        await using EmbeddedApiServer before =
            await EmbeddedApiServer.StartAsync(new EmbeddedApiServerOptions { DataFolder = done.Replaced }, Cancelled);
        using HttpClient old = before.CreateClient();
        Assert.Equal(200, await StatusAsync(old, "later"));
    }

    [Fact]
    public async Task A_restore_that_was_cut_off_keeps_the_platform_from_starting_until_it_is_done_again()
    {
        BackupWriter.Write(Data, Archive, Now, cancellationToken: Cancelled);
        await StopAsync();

        // As a death between the two halves leaves it: the database is aside already, and its successor is not there yet.
        string aside = Path.Combine(Data.Root, "replaced-begun");
        Directory.CreateDirectory(aside);
        File.Move(Path.Combine(Data.Root, "objects.db"), Path.Combine(aside, "objects.db"));
        await File.WriteAllTextAsync(Data.Restoring, aside + "\n", Cancelled);
        byte[] original = await File.ReadAllBytesAsync(Path.Combine(aside, "objects.db"), Cancelled);

        Assert.Contains("cut off", Assert.Throws<CommandException>(() => FolderRestore.CheckFinished(Data)).Message);
        RestoredFolder done = FolderRestore.Restore(Archive, Data, force: true, Now, cancellationToken: Cancelled);
        FolderRestore.CheckFinished(Data);
        Assert.Equal(aside, done.Replaced);
        Assert.Equal(original, await File.ReadAllBytesAsync(Path.Combine(aside, "objects.db"), Cancelled));
        await using EmbeddedApiServer again =
            await EmbeddedApiServer.StartAsync(new EmbeddedApiServerOptions { DataFolder = Data.Root }, Cancelled);
        using HttpClient client = again.CreateClient();
        Assert.Equal(200, await StatusAsync(client, "first"));
    }

    [Fact]
    public void A_copied_or_restored_folder_knows_that_it_lies_elsewhere()
    {
        using DataFolderLock held = DataFolderLock.Acquire(Data);
        Assert.False(DataFolderLocation.HasChanged(Data));
        DataFolderLocation.Remember(Data);
        Assert.False(DataFolderLocation.HasChanged(Data));

        var copy = new DataFolderLayout(_folder.File("copy"));
        using DataFolderLock second = DataFolderLock.Acquire(copy);
        File.Copy(Data.Location, copy.Location);
        Assert.True(DataFolderLocation.HasChanged(copy));
        DataFolderLocation.Remember(copy);
        Assert.False(DataFolderLocation.HasChanged(copy));
    }

    /// <summary>A folder as a restore finds it: with the lock it holds.</summary>
    private static DataFolderLayout Empty(DataFolderLayout data)
    {
        using DataFolderLock made = DataFolderLock.Acquire(data);
        return data;
    }

    private string AssertRefused(DataFolderLayout target)
    {
        var exception = Assert.Throws<InvalidDataException>(
            () => FolderRestore.Restore(Archive, target, force: false, Now, cancellationToken: Cancelled));
        Assert.Contains(Archive, exception.Message, StringComparison.Ordinal);
        Assert.Equal(["platform.lock"], Directory.GetFileSystemEntries(target.Root).Select(Path.GetFileName));
        return exception.Message;
    }

    /// <summary>The same files behind another manifest.</summary>
    private static void Rewrite(string archive, Action<JsonObject> lie)
    {
        var entries = new List<(string Name, byte[] Content)>();
        using (var gzip = new GZipStream(File.OpenRead(archive), CompressionMode.Decompress))
        using (var tar = new TarReader(gzip))
        {
            while (tar.GetNextEntry() is { } entry)
            {
                using var content = new MemoryStream();
                entry.DataStream!.CopyTo(content);
                entries.Add((entry.Name, content.ToArray()));
            }
        }

        JsonObject manifest = JsonNode.Parse(entries[0].Content)!.AsObject();
        lie(manifest);
        entries[0] = (entries[0].Name, Encoding.UTF8.GetBytes(manifest.ToJsonString()));
        using var compressed = new GZipStream(File.Create(archive), CompressionLevel.Fastest);
        using var rewritten = new TarWriter(compressed);
        foreach ((string name, byte[] content) in entries)
        {
            rewritten.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) });
        }
    }

    private static async Task CreateAsync(EmbeddedApiServer server, string name)
    {
        using HttpClient client = server.CreateClient();
        using var content = new StringContent($$$"""{"metadata":{"name":"{{{name}}}"}}""", Encoding.UTF8, "application/json");
        using HttpResponseMessage response =
            await client.PostAsync(new Uri("/api/v1/namespaces/default/configmaps", UriKind.Relative), content, Cancelled);
        Assert.Equal(201, (int)response.StatusCode);
    }

    private static async Task<int> StatusAsync(HttpClient client, string name)
    {
        using HttpResponseMessage response =
            await client.GetAsync(new Uri($"/api/v1/namespaces/default/configmaps/{name}", UriKind.Relative), Cancelled);
        return (int)response.StatusCode;
    }

    private async Task StopAsync()
    {
        if (_server is { } server) await server.DisposeAsync();
        _server = null;
    }
}
