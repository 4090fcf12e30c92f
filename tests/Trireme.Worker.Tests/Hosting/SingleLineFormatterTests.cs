using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Trireme.Worker.Hosting;

namespace Trireme.Worker.Tests.Hosting;

public sealed class SingleLineFormatterTests
{
    [Theory]
    [InlineData(LogLevel.Information, "tiny is ready", null, "info: Worker[7] tiny is ready\n")]
    [InlineData(LogLevel.Error, "two\r\nlines", null, "fail: Worker[7] two lines\n")]
    [InlineData(LogLevel.Warning, "it broke", "in\ntwo", "warn: Worker[7] it broke System.InvalidOperationException: in two\n")]
    public void A_message_is_one_line(LogLevel level, string message, string? problem, string expected)
    {
        InvalidOperationException? exception = problem is null ? null : new(problem);
        var entry = new LogEntry<string>(level, "Worker", new EventId(7), message, exception, static (state, _) => state);
        using var written = new StringWriter();
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 31, 12, 0, 0, 250, TimeSpan.Zero));
        new SingleLineFormatter(time).Write(entry, scopeProvider: null, written);
        Assert.Equal("2026-01-31T12:00:00.250Z " + expected, written.ToString());
    }
}
