using Trireme.Contracts.Http;

namespace Trireme.Gateway.Admission;

/// <summary>
/// The memory for request bodies, all together. No tenant gets more than half of it, so that one with large bodies does not
/// keep out the others, and some of it is for bodies of ordinary size only, which a tenant's own large ones do not keep out either.
/// Safe to use from many threads.
/// </summary>
/// <param name="max">Bytes that may be held at a time.</param>
internal sealed class BodyMemory(long max)
{
    /// <summary>One part of so many is for ordinary bodies.</summary>
    private const int OrdinaryPart = 16;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _tenants = new(StringComparer.Ordinal);
    private long _held;

    /// <summary>Bytes that may be held at a time.</summary>
    public long Max => max;

    /// <summary>Bytes held now.</summary>
    public long Held => Interlocked.Read(ref _held);

    /// <summary>Takes memory for a tenant; false when it, or all together, would hold too much.</summary>
    /// <param name="tenant">Whose request it is.</param>
    /// <param name="bytes">What is taken.</param>
    /// <param name="whole">What the body holds then altogether.</param>
    public bool TryTake(string tenant, long bytes, long whole)
    {
        long room = whole > RequestLimits.OrdinaryBodyBytes ? max - max / OrdinaryPart : max;
        lock (_lock)
        {
            _tenants.TryGetValue(tenant, out long own);
            if (_held + bytes > room || own + bytes > room / 2) return false;
            _tenants[tenant] = own + bytes;
            _held += bytes;
            return true;
        }
    }

    public void Return(string tenant, long bytes)
    {
        lock (_lock)
        {
            _held -= bytes;
            long own = _tenants[tenant] - bytes;
            // Names of tenants that hold nothing are not kept: there may be any number of them.
            if (own > 0) _tenants[tenant] = own;
            else _tenants.Remove(tenant);
        }
    }
}
