using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
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
        new SingleLineFormatter().Write(entry, scopeProvider: null, written);
        Assert.Equal(expected, written.ToString());
    }
}
