using Trireme.Fleet.Benchmarks.Scaling;
using Trireme.Fleet.Routing;

namespace Trireme.Fleet.Benchmarks.Prefixes;

/// <summary>An engine that keeps the blocks it used last, and what a router knows of it.</summary>
internal sealed class CachingReplica(SimulatedReplica engine, int cachedTokens)
{
    private readonly LinkedList<ulong> _used = new();
    private readonly Dictionary<ulong, LinkedListNode<ulong>> _cached = [];
    private readonly PrefixTable _table = new(2 * cachedTokens / PrefixTrace.BlockTokens);
    private readonly Dictionary<Flight, int> _pending = [];
    private long _pendingTokens;

    public SimulatedReplica Engine => engine;

    public long HitTokens { get; private set; }

    public int Taken { get; private set; }

    /// <summary>Blocks of the prompt that are cached, as a router that sees into the engine would count.</summary>
    public int Match(PrefixRequest request)
    {
        int count = 0;
        while (count < request.Blocks.Length && _cached.ContainsKey(request.Blocks[count])) count++;
        return count;
    }

    /// <summary>As the gateway reckons: by what it sent there itself.</summary>
    public long Cost(PrefixRequest request)
    {
        int matched = Math.Min(_table.Match(request.Blocks) * PrefixTrace.BlockTokens, request.Sizes.Prompt);
        return FirstTokenCost.Of(new ReplicaLoad(engine.InFlight, _pendingTokens), request.Sizes.Prompt - matched);
    }

    public void Take(PrefixRequest request)
    {
        Taken++;
        int hit = Math.Min(Match(request) * PrefixTrace.BlockTokens, request.Sizes.Prompt - 1);
        HitTokens += hit;
        int known = Math.Min(_table.Match(request.Blocks) * PrefixTrace.BlockTokens, request.Sizes.Prompt);
        _table.Add(request.Blocks);
        var flight = new Flight(request.Sizes) { PromptLeft = request.Sizes.Prompt - hit };
        int uncached = request.Sizes.Prompt - known;
        _pending[flight] = uncached;
        _pendingTokens += uncached;
        foreach (ulong block in request.Blocks) Use(block);
        engine.Take(flight, request.Sizes.At);
    }

    public void EndStep(double now, List<Flight> ended)
    {
        engine.EndStep(now, ended);
        foreach ((Flight flight, int tokens) in _pending)
        {
            if (flight.PromptLeft > 0) continue;
            _pendingTokens -= tokens;
            _pending.Remove(flight);
        }
    }

    private void Use(ulong block)
    {
        if (_cached.TryGetValue(block, out LinkedListNode<ulong>? node)) _used.Remove(node);
        _cached[block] = _used.AddLast(block);
        while (_cached.Count > cachedTokens / PrefixTrace.BlockTokens)
        {
            _cached.Remove(_used.First!.Value);
            _used.RemoveFirst();
        }
    }
}
