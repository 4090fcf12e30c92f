using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Trireme.ApiServer.Pods;

namespace Trireme.ApiServer.Tests.Pods;

/// <summary>Logs whose lines a test writes. A log is followed until the test ends it.</summary>
internal sealed class ScriptedLogs : IPodLogs
{
    private readonly ConcurrentDictionary<string, Channel<PodLogLine>> _logs = new();

    public ConcurrentQueue<PodLogRequest> Asked { get; } = new();

    /// <summary>How many logs are being read.</summary>
    public int Open => _open;

    private int _open;

    public ChannelWriter<PodLogLine> this[string name] => Of(name).Writer;

    public void Write(string name, params string[] lines)
    {
        foreach (string line in lines) Assert.True(this[name].TryWrite(new PodLogLine(Time(0), line)));
    }

    public static DateTimeOffset Time(int seconds) => new(2026, 1, 2, 3, 4, seconds, 500, TimeSpan.Zero);

    IAsyncEnumerable<PodLogLine>? IPodLogs.Open(PodLogRequest request, CancellationToken cancellationToken)
    {
        Asked.Enqueue(request);
        string name = request.Previous ? request.Name + "-previous" : request.Name;
        return _logs.ContainsKey(name) ? ReadAsync(Of(name).Reader, request.Follow, cancellationToken) : null;
    }

    private async IAsyncEnumerable<PodLogLine> ReadAsync(
        ChannelReader<PodLogLine> lines, bool follow, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _open);
        try
        {
            if (follow)
            {
                await foreach (PodLogLine line in lines.ReadAllAsync(cancellationToken)) yield return line;
            }

            while (lines.TryRead(out PodLogLine line)) yield return line;
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    private Channel<PodLogLine> Of(string name) => _logs.GetOrAdd(name, _ => Channel.CreateUnbounded<PodLogLine>());
}
