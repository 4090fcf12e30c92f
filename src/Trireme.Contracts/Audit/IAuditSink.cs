namespace Trireme.Contracts.Audit;

/// <summary>Takes audit events. Never waits and never throws: what cannot be kept is counted by the sink.</summary>
public interface IAuditSink
{
    void Record(AuditEvent entry);
}
