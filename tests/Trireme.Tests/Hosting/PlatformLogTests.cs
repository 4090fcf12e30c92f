using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Trireme.Contracts.Metrics;
using Trireme.Hosting;
using Trireme.Hosting.Logging;
using Trireme.Settings;
using Trireme.Testing;

namespace Trireme.Tests.Hosting;

public sealed partial class PlatformLogTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Nothing of it on the tests' own output.</summary>
    private static readonly LogSettings Quiet = new() { Level = LogLevel.None };

    private readonly TemporaryFolder _folder = new();

    private DataFolderLayout Data => new(_folder.Path);

    [Fact]
    public void A_json_line_holds_the_message_with_its_values()
    {
        string[] lines = Logged(Quiet, logger => LogStarted(logger, "default/tiny", 4711, 0.5, null));
        Assert.Equal(
            """
            {"time":"2026-01-31T12:00:00.000Z","level":"information","category":"Trireme.Test",
            "message":"Replica default/tiny runs as 4711 at 0.5 of (null)",
            "fields":{"Replica":"default/tiny","Pid":4711,"Share":0.5,"Whole":null}}
            """.ReplaceLineEndings(""),
            Assert.Single(lines));
    }

    [Fact]
    public void An_exception_keeps_its_message_on_one_line()
    {
        string[] lines = Logged(Quiet, logger => LogFailed(logger, new InvalidOperationException("first\nsecond"), "é\"\n"));
        JsonObject line = JsonNode.Parse(Assert.Single(lines))!.AsObject();
        Assert.Equal("é\"\n failed", (string)line["message"]!);
        Assert.Contains("first\nsecond", (string)line["exception"]!, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_line_is_one_line()
    {
        LogSettings settings = Quiet with { File = new LogFileSettings { Format = LogFormat.Text } };
        string[] lines = Logged(settings, logger => LogFailed(logger, new InvalidOperationException("first\nsecond"), "a\nb"));
        Assert.StartsWith(
            "2026-01-31T12:00:00.000Z error Trireme.Test a b failed System.InvalidOperationException: first second",
            Assert.Single(lines),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_without_end_is_cut() =>
        Assert.InRange(Assert.Single(Logged(Quiet, logger => LogFailed(logger, null, new string('x', 1 << 20)))).Length, 16_000, 40_000);

    [Theory]
    [InlineData(LogLevel.Error, LogLevel.Information, 2)]
    [InlineData(LogLevel.Information, LogLevel.Error, 1)]
    [InlineData(LogLevel.Error, LogLevel.Error, 1)]
    public void The_file_has_a_level_of_its_own(LogLevel console, LogLevel file, int lines)
    {
        var settings = new LogSettings { Level = console, File = new LogFileSettings { Level = file } };
        Assert.Equal(lines, Logged(settings, logger =>
        {
            LogStarted(logger, "a", 1, 1, null);
            LogFailed(logger, null, "a");
        }).Length);
    }

    [Fact]
    public void The_web_server_speaks_up_from_warnings_on()
    {
        using (PlatformLog log = PlatformLog.Open(Quiet, Data.Log, new MetricRegistry(), new FakeTimeProvider(Noon)))
        {
            ILogger server = log.Factory.CreateLogger("Microsoft.AspNetCore.Hosting.Diagnostics");
            LogStarted(server, "a", 1, 1, null);
            LogFailed(server, null, "a");
        }

        Assert.Single(File.ReadAllLines(Data.Log));
    }

    [Fact]
    public void Without_a_file_nothing_is_made()
    {
        LogSettings settings = Quiet with { File = new LogFileSettings { Enabled = false } };
        using PlatformLog log = PlatformLog.Open(settings, Data.Log, new MetricRegistry(), TimeProvider.System);
        Assert.False(Directory.Exists(Path.GetDirectoryName(Data.Log)));
    }

    [Fact]
    public void A_file_that_cannot_be_made_is_an_error_with_a_way_out()
    {
        File.WriteAllText(_folder.File("logs"), "in the way");
        CommandException exception = Assert.Throws<CommandException>(
            () => PlatformLog.Open(new LogSettings(), Data.Log, new MetricRegistry(), TimeProvider.System));
        Assert.Contains("--set log.file.enabled=false", exception.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private string[] Logged(LogSettings settings, Action<ILogger> write)
    {
        using (PlatformLog log = PlatformLog.Open(settings, Data.Log, new MetricRegistry(), new FakeTimeProvider(Noon)))
        {
            write(log.Factory.CreateLogger("Trireme.Test"));
        }

        return File.ReadAllLines(Data.Log);
    }

    [LoggerMessage(LogLevel.Information, "Replica {Replica} runs as {Pid} at {Share} of {Whole}")]
    private static partial void LogStarted(ILogger logger, string replica, int pid, double share, string? whole);

    [LoggerMessage(LogLevel.Error, "{What} failed")]
    private static partial void LogFailed(ILogger logger, Exception? exception, string what);
}
