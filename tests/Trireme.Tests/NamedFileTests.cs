using System.CommandLine;
using Trireme.Commands;
using Trireme.Testing;

namespace Trireme.Tests;

/// <summary>A file has one exit code for what is wrong with it, whichever command it is named to.</summary>
[Collection("commands")]
public sealed class NamedFileTests : IDisposable
{
    private static readonly string Model = Repository.PathOf("samples", "models", "tiny");

    private static readonly string[] ReadFiles =
    [
        "model fit {0}",
        $"model fit {Model} --speculative draft --draft-model {{0}}",
        "model quantize {0} --output-file {1}/out.gguf",
        "config check -f {0}",
        "config view --config {0}",
        "apply -f {0}",
        "delete -f {0}",
        "get modelservices --kubeconfig {0}",
        "restore {0} --data-dir {1}/data",
    ];

    private static readonly string[] WrittenFiles =
    [
        "backup {0} --data-dir {1}/data",
        $"model quantize {Model} --output-file {{0}}",
        $"model quantize {Model} --output-file {{0}} --force",
        "model random --shape smollm2-135m --output-file {0}",
    ];

    private static readonly string[] KeptFiles = ["key show", "chat tiny hello", "get releases", "dashboard", "load --service tiny"];

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string> Irregular => new(
        from command in ReadFiles.Concat(WrittenFiles)
        from kind in SpecialFile.Names.Keys
        where kind != "folder" || WrittenFiles.Contains(command) || !command.StartsWith("model", StringComparison.Ordinal)
        select (command, kind));

    public static TheoryData<string> Read => new(ReadFiles);

    public static TheoryData<string> Written => new(WrittenFiles);

    public static TheoryData<string> Kept => new(KeptFiles);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Read))]
    [InlineData($"model fit . --enable-lora --lora-modules a={{0}}")]
    [InlineData("train -f {0}")]
    public async Task One_that_is_not_there_is_told(string command)
    {
        CommandFailure told = await FailureOf(string.Format(null, command, "/nowhere/model", _folder.Path));
        Assert.Equal((ExitCode.NotFound, "/nowhere/model: no such file or folder"), (told.Code, told.Message));
    }

    [Theory]
    [MemberData(nameof(Irregular))]
    public async Task One_that_is_a_pipe_a_device_a_socket_or_a_folder_is_wrong(string command, string kind)
    {
        string path = _folder.File("thing");
        SpecialFile.Make(kind, path);
        CommandFailure told = await FailureOf(string.Format(null, command, path, _folder.Path));
        Assert.Equal(ExitCode.Invalid, told.Code);
        Assert.Contains("thing", told.Message, StringComparison.Ordinal);
        Assert.True(Path.Exists(path));
    }

    [Theory]
    [MemberData(nameof(Kept))]
    public async Task One_of_the_data_folder_is_no_exception(string command)
    {
        string data = _folder.File("data");
        Directory.CreateDirectory(Path.Combine(data, "credentials"));
        SpecialFile.Make("pipe", Path.Combine(data, "endpoints.json"));
        SpecialFile.Make("pipe", Path.Combine(data, "credentials", "api-key"));
        Assert.Equal(ExitCode.Invalid, (await FailureOf($"{command} --data-dir {data}")).Code);
    }

    [Theory]
    [MemberData(nameof(Written))]
    public async Task One_that_is_to_be_written_needs_its_folder(string command)
    {
        CommandFailure missing = await FailureOf(string.Format(null, command, _folder.File("nowhere/file"), _folder.Path));
        Assert.Equal(
            (ExitCode.NotFound, $"there is no folder {_folder.File("nowhere")}; make it first"), (missing.Code, missing.Message));
        await File.WriteAllTextAsync(_folder.File("thing"), "", TestContext.Current.CancellationToken);
        CommandFailure blocked = await FailureOf(string.Format(null, command, _folder.File("thing/file"), _folder.Path));
        Assert.Equal(ExitCode.Invalid, blocked.Code);
        Assert.StartsWith($"{_folder.File("thing")} is a file and not a folder", blocked.Message, StringComparison.Ordinal);
    }

    /// <summary>What stands where the data folder should be is told alike, whatever the command looks for in it first.</summary>
    [Theory]
    [MemberData(nameof(Kept))]
    [InlineData("env")]
    [InlineData("logs tiny")]
    [InlineData("logs --platform")]
    [InlineData("up --port 0 --api-port 0")]
    [InlineData("gateway --port 0")]
    [InlineData("backup {1}/backup.tgz")]
    public async Task A_data_folder_that_is_a_file_is_told(string command)
    {
        string path = _folder.File("thing");
        await File.WriteAllTextAsync(path, "", TestContext.Current.CancellationToken);
        CommandFailure told = await FailureOf($"{string.Format(null, command, "", _folder.Path)} --data-dir {path}");
        Assert.Equal(ExitCode.Invalid, told.Code);
        Assert.StartsWith($"{path} is a file and not a folder", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_to_write_into_that_is_a_file_is_told()
    {
        string path = _folder.File("thing");
        await File.WriteAllTextAsync(path, "", TestContext.Current.CancellationToken);
        CommandFailure told = await FailureOf($"manifests crds --output-dir {path}");
        Assert.Equal(ExitCode.Invalid, told.Code);
        Assert.StartsWith($"{path} is a file and not a folder", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_archive_that_is_none_is_told_without_a_librarys_words()
    {
        CommandFailure told = await FailureOf($"restore /etc/passwd --data-dir {_folder.File("data")}");
        Assert.Equal(
            "/etc/passwd is not a whole backup: its bytes are not those of an archive that \"trireme backup\" wrote. Nothing was changed",
            told.Message);
    }

    [Theory]
    [InlineData("config check -f {0}")]
    [InlineData("apply -f {0}")]
    [InlineData("get modelservices --kubeconfig {0}")]
    [InlineData("restore {0} --data-dir {1}/data")]
    [InlineData("model fit {0}")]
    public async Task One_whose_content_is_none_of_its_kind_is_wrong(string command)
    {
        string path = _folder.File("thing.gguf");
        await File.WriteAllTextAsync(path, "{{ - nonsense", TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.Invalid, (await FailureOf(string.Format(null, command, path, _folder.Path))).Code);
    }

    private static async Task<CommandFailure> FailureOf(string line)
    {
        ParseResult parsed = TriremeCommand.Create().Parse(line.Split(' '), TriremeCommand.Parsing);
        Assert.Empty(parsed.Errors);
        var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false };
        Task<int> run = Task.Run(() => parsed.InvokeAsync(configuration, TestContext.Current.CancellationToken));
        Exception thrown = await Assert.ThrowsAnyAsync<Exception>(
            () => run.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, TestContext.Current.CancellationToken));
        return CommandFailure.Of(thrown) ?? throw new InvalidOperationException("It ends with a dump.", thrown);
    }
}
