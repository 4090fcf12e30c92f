namespace Trireme.Gateway.Dialects.Responses;

/// <summary>
/// Keeps responses for the keys that asked for them. What belongs to one owner is never found for another; what is too old or has no room
/// is gone. Finding and deleting throw an <see cref="IOException"/> while the store cannot be used: what cannot be read is not called gone.
/// </summary>
public interface IResponseStore
{
    /// <summary>Null where the owner has none of this id.</summary>
    ValueTask<KeptResponse?> FindAsync(string owner, string id, CancellationToken cancellationToken);

    /// <summary>Keeps a response so that it outlives this process; false where it cannot be kept.</summary>
    ValueTask<bool> TryKeepAsync(KeptResponse response, CancellationToken cancellationToken);

    /// <summary>False where the owner has none of this id.</summary>
    ValueTask<bool> DeleteAsync(string owner, string id, CancellationToken cancellationToken);
}

/// <summary>A response that is kept.</summary>
public sealed record KeptResponse
{
    /// <summary>The namespace and id of the key that asked for it.</summary>
    public required string Owner { get; init; }

    public required string Id { get; init; }

    /// <summary>Name of the service that answered.</summary>
    public required string Model { get; init; }

    public required DateTimeOffset Created { get; init; }

    /// <summary>All that went into it, the history that it went on from included: a JSON list.</summary>
    public required ReadOnlyMemory<byte> Input { get; init; }

    /// <summary>The response as its client got it: a JSON object.</summary>
    public required ReadOnlyMemory<byte> Response { get; init; }
}

/// <summary>Where a host keeps nothing.</summary>
internal sealed class NoResponseStore : IResponseStore
{
    public ValueTask<KeptResponse?> FindAsync(string owner, string id, CancellationToken cancellationToken) => default;

    public ValueTask<bool> TryKeepAsync(KeptResponse response, CancellationToken cancellationToken) => default;

    public ValueTask<bool> DeleteAsync(string owner, string id, CancellationToken cancellationToken) => default;
}
