using System.Threading.Channels;
using Trireme.Contracts.Audit;

namespace Trireme.ApiServer.Tests.Security;

/// <summary>Keeps audit events for a test to wait for.</summary>
internal sealed class RecordingAuditSink : IAuditSink
{
    private readonly Channel<AuditEvent> _events = Channel.CreateUnbounded<AuditEvent>();

    public void Record(AuditEvent entry) => _events.Writer.TryWrite(entry);

    /// <summary>The next event that fits. Those before it are passed over.</summary>
    public async Task<AuditEvent> NextAsync(Func<AuditEvent, bool> wanted)
    {
        await foreach (AuditEvent entry in _events.Reader.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            if (wanted(entry)) return entry;
        }

        throw new InvalidOperationException("The sink is closed.");
    }
}
