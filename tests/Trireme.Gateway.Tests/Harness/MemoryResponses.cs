using System.Collections.Concurrent;
using Trireme.Gateway.Dialects.Responses;

namespace Trireme.Gateway.Tests.Harness;

/// <summary>Keeps responses in memory, or fails as a full disk does.</summary>
internal sealed class MemoryResponses : IResponseStore
{
    public ConcurrentDictionary<(string Owner, string Id), KeptResponse> Kept { get; } = new();

    /// <summary>Nothing can be read or written.</summary>
    public bool Fails { get; set; }

    public ValueTask<KeptResponse?> FindAsync(string owner, string id, CancellationToken cancellationToken) =>
        Fails ? throw new IOException("scripted") : new(Kept.GetValueOrDefault((owner, id)));

    public ValueTask<bool> TryKeepAsync(KeptResponse response, CancellationToken cancellationToken)
    {
        if (Fails) return new(false);
        // What it is given is the gateway's, and used again after this.
        Kept[(response.Owner, response.Id)] = response with { Input = response.Input.ToArray(), Response = response.Response.ToArray() };
        return new(true);
    }

    public ValueTask<bool> DeleteAsync(string owner, string id, CancellationToken cancellationToken) =>
        Fails ? throw new IOException("scripted") : new(Kept.TryRemove((owner, id), out _));
}
