using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Trireme.Dashboard.Components.Pages;
using Trireme.Dashboard.Logs;

namespace Trireme.Dashboard.Tests.Components;

public sealed class LogPageTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly BunitContext _context = new();
    private readonly FakeTimeProvider _time = new();
    private readonly FakeLogs _logs = new();

    public LogPageTests()
    {
        _context.Services.AddSingleton<TimeProvider>(_time);
        _context.Services.AddSingleton<IReplicaLogs>(_logs);
    }

    public ValueTask DisposeAsync() => _context.DisposeAsync();

    [Fact]
    public async Task The_last_lines_are_shown_and_new_ones_follow_until_a_person_stops_it()
    {
        IRenderedComponent<LogPage> page = Render();
        page.WaitForAssertion(() => Assert.Equal("one\ntwo\n", page.Find(".log").TextContent), Patience);
        _logs.New = ["<three>"];
        _time.Advance(TimeSpan.FromSeconds(1));
        page.WaitForAssertion(() => Assert.Equal("one\ntwo\n<three>\n", page.Find(".log").TextContent), Patience);

        await page.InvokeAsync(() => page.Find("input[type=checkbox]").Change(false));
        int reads = _logs.Reads;
        _logs.New = ["four"];
        _time.Advance(TimeSpan.FromSeconds(1));

        // The next look is the first one since.
        await page.InvokeAsync(() => page.Find("input[type=checkbox]").Change(true));
        _time.Advance(TimeSpan.FromSeconds(1));
        page.WaitForAssertion(() => Assert.EndsWith("four\n", page.Find(".log").TextContent, StringComparison.Ordinal), Patience);
        Assert.Equal(reads + 1, _logs.Reads);
    }

    [Fact]
    public void What_cannot_be_read_is_said_in_words()
    {
        _logs.Problem = "no process of tiny-aa-1 has ended yet";
        IRenderedComponent<LogPage> page = Render();
        page.WaitForAssertion(
            () => Assert.Equal("no process of tiny-aa-1 has ended yet.", page.Find(".alert.warning").TextContent), Patience);
        Assert.Empty(page.FindAll(".log"));
    }

    [Fact]
    public async Task The_process_before_is_opened_on_demand()
    {
        IRenderedComponent<LogPage> page = Render();
        page.WaitForAssertion(() => Assert.NotEmpty(page.FindAll(".log")), Patience);
        await page.InvokeAsync(() => page.FindAll(".segments button")[1].Click());
        page.WaitForAssertion(() => Assert.Equal("ended\n", page.Find(".log").TextContent), Patience);
        Assert.Empty(page.FindAll("input[type=checkbox]"));
    }

    private IRenderedComponent<LogPage> Render() =>
        _context.Render<LogPage>(p => p.Add(c => c.Namespace, "default").Add(c => c.Replica, "tiny-aa-1"));

    private sealed class FakeLogs : IReplicaLogs, IReplicaLog
    {
        private bool _previous;

        public string? Problem { get; set; }

        public IReadOnlyList<string> New { get; set; } = [];

        public int Reads { get; private set; }

        public IReplicaLog Open(string @namespace, string replica, bool previous)
        {
            _previous = previous;
            return Problem is { } problem ? throw new IOException(problem) : this;
        }

        public IReadOnlyList<string> ReadLast(int lines) => _previous ? ["ended"] : ["one", "two"];

        public IReadOnlyList<string> ReadNew()
        {
            Reads++;
            IReadOnlyList<string> lines = New;
            New = [];
            return lines;
        }
    }
}
