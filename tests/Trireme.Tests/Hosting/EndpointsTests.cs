using Trireme.Hosting;
using Trireme.Testing;

namespace Trireme.Tests.Hosting;

public sealed class EndpointsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private DataFolderLayout Data => new(_folder.Path);

    [Fact]
    public void The_addresses_of_a_platform_that_lives_are_read_as_written()
    {
        using DataFolderLock held = DataFolderLock.Acquire(Data);
        Written(ProcessStamp.Own);
        Assert.Equal("http://127.0.0.1:1/v1", Endpoints.Read(Data).Gateway);
    }

    [Fact]
    public void Those_of_a_platform_that_was_killed_are_not_believed()
    {
        // The process lives, as one that got the id again; the lock is nobody's.
        using (DataFolderLock.Acquire(Data)) Written(ProcessStamp.Own);
        Refused();
    }

    [Fact]
    public void Nor_are_those_of_another_process_while_a_platform_starts_on_the_folder()
    {
        using DataFolderLock held = DataFolderLock.Acquire(Data);
        Written(ProcessStamp.Own with { StartTicks = ProcessStamp.Own.StartTicks + 1 });
        Refused();
        Written(ProcessStamp.Own with { Pid = int.MaxValue });
        Refused();
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"gateway":"http://127.0.0.1:1/v1","dashboard":"","api":"","kubeconfig":"","apiKey":"trk_x"}""")]
    public void A_file_that_names_no_process_is_none(string text)
    {
        using DataFolderLock held = DataFolderLock.Acquire(Data);
        File.WriteAllText(Data.Endpoints, text);
        Refused();
    }

    [Fact]
    public void The_file_holds_no_key()
    {
        Written(ProcessStamp.Own);
        Assert.DoesNotContain("key", File.ReadAllText(Data.Endpoints), StringComparison.OrdinalIgnoreCase);
    }

    public void Dispose() => _folder.Dispose();

    private void Written(ProcessStamp process) => new Endpoints
    {
        Gateway = "http://127.0.0.1:1/v1",
        Dashboard = "http://127.0.0.1:2",
        Api = "https://127.0.0.1:3",
        Kubeconfig = "/kubeconfig",
        Process = process,
    }.Write(Data);

    private void Refused()
    {
        CommandException exception = Assert.Throws<CommandException>(() => Endpoints.Read(Data));
        Assert.Equal(ExitCode.Unreachable, exception.ExitCode);
        Assert.StartsWith($"no platform runs on {_folder.Path}; ", exception.Message, StringComparison.Ordinal);
    }
}
