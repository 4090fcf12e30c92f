using System.IO.Pipes;
using System.Text;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Storage;
using Trireme.Testing;

namespace Trireme.Contracts.Tests.Storage;

public sealed class SmallFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Kinds => [.. SpecialFile.Names.Keys];

    [Fact]
    public void A_file_is_read_whole_and_its_mark_is_no_text()
    {
        string path = _folder.File("file");
        File.WriteAllText(path, "a key\n", new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        Assert.Equal("a key\n", SmallFile.ReadAllText(path));
        Assert.Equal(9, SmallFile.ReadAllBytes(path).Length);
        File.WriteAllText(path, "");
        Assert.Equal("", SmallFile.ReadAllText(path));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_is_no_file_is_named_and_never_waited_for(string kind)
    {
        string path = _folder.File("thing");
        SpecialFile.Make(kind, path);
        foreach (Action read in (Action[])
        [
            () => SmallFile.ReadAllText(path), () => RegularFile.ThrowIfOther(path), () => RegularFile.OpenGiven(path, 1).Dispose(),
            () => ReplicaKey.Read(path), () => YamlFile.Read(path, 1000),
        ])
        {
            Task reading = Task.Run(read, Cancelled).WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, Cancelled);
            string told = (await Assert.ThrowsAnyAsync<IOException>(() => reading)).Message;
            Assert.Contains(kind == "folder" ? "is a folder" : $"{path} is {SpecialFile.Names[kind]} and not a file", told);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_is_no_file_is_never_replaced(string kind)
    {
        string path = _folder.File("thing");
        SpecialFile.Make(kind, path);
        Assert.StartsWith(
            $"{path} is {SpecialFile.Names[kind]} and not a file",
            Assert.Throws<IrregularFileException>(() => RegularFile.ThrowIfIrreplaceable(path)).Message,
            StringComparison.Ordinal);
        Assert.Equal([path], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Theory]
    [InlineData("/dev/stdout")]
    [InlineData("/dev/fd/1")]
    public void The_systems_names_of_what_is_open_are_never_replaced(string path) => Assert.Contains(
        "is what this process has open and cannot be replaced; name a file.",
        Assert.Throws<IrregularFileException>(() => RegularFile.ThrowIfIrreplaceable(path)).Message,
        StringComparison.Ordinal);

    [Fact]
    public void A_file_larger_than_such_files_are_is_not_taken_into_memory()
    {
        string path = _folder.File("large");
        using (FileStream file = File.Create(path)) file.SetLength(1L << 40);
        string told = Assert.Throws<IrregularFileException>(() => SmallFile.ReadAllBytes(path)).Message;
        Assert.Contains($"{path} has {1L << 40} bytes, and at most {SmallFile.BytesMax} belong there", told);
    }

    [Fact]
    public void What_is_not_there_is_no_other_thing()
    {
        RegularFile.ThrowIfOther(_folder.File("nothing"));
        Assert.Throws<FileNotFoundException>(() => SmallFile.ReadAllText(_folder.File("nothing")));
    }

    /// <summary>Each is told by the part of the path that is at fault, whether a file or a folder is looked for behind it.</summary>
    [Theory]
    [InlineData("file", "file/below/it", "file is a file and not a folder; move it away, or name another folder.")]
    [InlineData("link", "link", "link is a link that leads back to itself; remove it, and put what is wanted in its place.")]
    [InlineData("link", "link/below", "link is a link that leads back to itself; remove it, and put what is wanted in its place.")]
    [InlineData(
        "file/below", "link", "link is a link that leads through what is no folder; remove it, and put what is wanted in its place.")]
    public void A_path_that_leads_nowhere_is_told_by_what_stands_in_its_way(string leads, string wanted, string expected)
    {
        File.WriteAllText(_folder.File("file"), "");
        File.CreateSymbolicLink(_folder.File("link"), _folder.File(leads));
        string path = _folder.File(wanted);
        foreach (Action look in (Action[])
        [
            () => SmallFile.ReadAllBytes(path), () => RegularFile.ThrowIfOther(path), () => RegularFile.ThrowIfIrreplaceable(path),
            () => RegularFile.ThrowIfNoFolder(path),
        ])
        {
            Assert.Equal(Path.Combine(_folder.Path, expected), Assert.Throws<IrregularFileException>(look).Message);
        }
    }

    [Fact]
    public void Where_a_folder_is_wanted_a_file_is_told_and_nothing_is_no_fault()
    {
        RegularFile.ThrowIfNoFolder(_folder.Path);
        RegularFile.ThrowIfNoFolder(_folder.File("nothing/below"));
        File.WriteAllText(_folder.File("file"), "");
        IrregularFileException told = Assert.Throws<IrregularFileException>(() => RegularFile.ThrowIfNoFolder(_folder.File("file")));
        Assert.StartsWith($"{_folder.File("file")} is a file and not a folder", told.Message, StringComparison.Ordinal);
    }

    /// <summary>As bash gives a command's output: apply -f &lt;(command).</summary>
    [Fact]
    public void A_pipe_that_this_process_has_open_already_may_be_named()
    {
        using var pipe = new AnonymousPipeServerStream(PipeDirection.Out);
        pipe.Write("kind: A\n"u8);
        string path = $"/proc/self/fd/{pipe.ClientSafePipeHandle.DangerousGetHandle()}";
        using FileStream stream = RegularFile.OpenGiven(path, 0);
        pipe.Dispose();
        Assert.Equal("kind: A\n", YamlFile.Read(stream, 1000));
    }

    [Fact]
    public void A_write_that_fails_leaves_nothing_beside_what_stood_there()
    {
        string path = _folder.File("pins.json");
        Directory.CreateDirectory(path);
        Assert.ThrowsAny<Exception>(() => PrivateFile.Write(path, "new"));
        Assert.Equal([path], Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void What_a_dead_process_left_half_written_is_removed_and_nothing_else()
    {
        string[] others = ["a.tmp", "pins.json", "notes.0123.tmp", "x.0123456789abcdef0123456789abcdef"];
        foreach (string name in others) File.WriteAllText(_folder.File(name), "");
        File.WriteAllText(_folder.File("pins.json.0123456789abcdef0123456789abcdef.tmp"), "half");
        PrivateFile.RemoveUnfinished(_folder.Path);
        Assert.Equal(others.Order(), Directory.EnumerateFiles(_folder.Path).Select(Path.GetFileName).Order());
        PrivateFile.RemoveUnfinished(_folder.File("nowhere"));
    }
}
