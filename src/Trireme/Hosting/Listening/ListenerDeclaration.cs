using Trireme.Contracts.Http;
using Trireme.Contracts.Metrics;
using Trireme.Listening;
using Trireme.Settings;

namespace Trireme.Hosting.Listening;

/// <summary>Where one part of the platform listens, said before anything starts.</summary>
internal sealed record ListenerDeclaration
{
    /// <summary>The part that listens, for messages.</summary>
    public required string Part { get; init; }

    /// <summary>IP address, or "localhost".</summary>
    public required string Host { get; init; }

    /// <summary>0 takes a free one.</summary>
    public required int Port { get; init; }

    /// <summary>The option that chooses the port.</summary>
    public required string PortOption { get; init; }

    public required ListenerLimits Limits { get; init; }

    /// <summary>Connections it may have at this moment, at most what the limits say; null where those alone count.</summary>
    public Func<int>? Capacity { get; init; }

    /// <summary>What all listeners share; null for a listener that shares nothing.</summary>
    public IDescriptorLedger? Descriptors { get; init; }

    /// <summary>Where closed connections are counted.</summary>
    public required MetricRegistry Metrics { get; init; }

    /// <summary>Which requests it takes by the host they were sent to and the page they came from.</summary>
    public required CallerRules Callers { get; init; }

    /// <summary>Answers a request that those refuse, in the form that the part's clients read.</summary>
    public required Func<HttpContext, CallerRefusal, Task> Refuse { get; init; }

    /// <summary>Certificate files; without them the listener speaks plain HTTP.</summary>
    public TlsSettings Tls { get; init; } = new();
}
