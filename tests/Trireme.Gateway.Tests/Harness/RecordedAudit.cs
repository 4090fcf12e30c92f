using System.Collections.Concurrent;
using Trireme.Contracts.Audit;

namespace Trireme.Gateway.Tests.Harness;

/// <summary>The audit records of the gateway.</summary>
internal sealed class RecordedAudit : IAuditSink
{
    public ConcurrentQueue<AuditEvent> Events { get; } = new();

    public void Record(AuditEvent entry) => Events.Enqueue(entry);
}
