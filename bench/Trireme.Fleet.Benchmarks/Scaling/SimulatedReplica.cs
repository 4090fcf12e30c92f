namespace Trireme.Fleet.Benchmarks.Scaling;

/// <summary>
/// How fast a replica is: one step of its engine takes a base time, and more for each sequence and each prompt token in it.
/// </summary>
internal sealed record EngineProfile
{
    public double StepSeconds { get; init; } = 0.040;

    public double SecondsPerSequence { get; init; } = 0.0015;

    public double SecondsPerPromptToken { get; init; } = 0.0002;

    /// <summary>Prompt tokens of a step: long prompts are computed in chunks beside the answers of others.</summary>
    public int PromptTokensPerStep { get; init; } = 512;

    public int SequencesMax { get; init; } = 64;

    /// <summary>Tokens that the KV cache holds.</summary>
    public int KvTokensMax { get; init; } = 120_000;
}

/// <summary>A request on its way.</summary>
internal sealed class Flight(TraceRequest request)
{
    public TraceRequest Request { get; } = request;

    /// <summary>When its replica got it.</summary>
    public double SentAt { get; set; }

    /// <summary>How much work the router takes it for.</summary>
    public long Work { get; set; }

    /// <summary>Work that the replica then had in flight, this one included.</summary>
    public long WorkBeside { get; set; }

    public int PromptLeft { get; set; } = request.Prompt;

    public int Emitted { get; set; }

    public double FirstTokenAt { get; set; }

    public double EndedAt { get; set; }
}

/// <summary>An engine with continuous batching and chunked prefill, step by step.</summary>
internal sealed class SimulatedReplica(string name, EngineProfile profile, double createdAt)
{
    private readonly Queue<Flight> _waiting = new();
    private readonly List<Flight> _running = [];
    private readonly Dictionary<Flight, int> _chunks = [];
    private long _kvTokens;

    public string Name { get; } = name;

    public double CreatedAt { get; } = createdAt;

    public double? ReadyAt { get; set; }

    public bool Draining { get; set; }

    public int Waiting => _waiting.Count;

    public int InFlight => _waiting.Count + _running.Count;

    public bool IsStepping { get; private set; }

    public double KvUse => (double)_kvTokens / profile.KvTokensMax;

    public long WorkInFlight { get; private set; }

    public long WorkEnded { get; private set; }

    public void Take(Flight flight, double now)
    {
        _waiting.Enqueue(flight);
        WorkInFlight += flight.Work;
        flight.SentAt = now;
        flight.WorkBeside = WorkInFlight;
    }

    /// <summary>Begins a step and returns how long it takes; null if there is nothing to do.</summary>
    public double? Step()
    {
        while (_running.Count < profile.SequencesMax && _waiting.TryPeek(out Flight? next))
        {
            int tokens = next.Request.Prompt + next.Request.Generated;
            if (_running.Count > 0 && _kvTokens + tokens > profile.KvTokensMax) break;
            _waiting.Dequeue();
            _running.Add(next);
            _kvTokens += tokens;
        }

        IsStepping = _running.Count > 0;
        if (!IsStepping) return null;
        _chunks.Clear();
        int budget = profile.PromptTokensPerStep;
        int decoding = 0;
        foreach (Flight flight in _running)
        {
            if (flight.PromptLeft == 0)
            {
                decoding++;
            }
            else if (budget > 0)
            {
                int chunk = Math.Min(budget, flight.PromptLeft);
                budget -= chunk;
                _chunks[flight] = chunk;
            }
        }

        return profile.StepSeconds + (profile.SecondsPerSequence * decoding)
            + (profile.SecondsPerPromptToken * (profile.PromptTokensPerStep - budget));
    }

    /// <summary>Ends the step; the requests that it finished.</summary>
    public void EndStep(double now, List<Flight> finished)
    {
        for (int i = _running.Count - 1; i >= 0; i--)
        {
            Flight flight = _running[i];
            if (flight.PromptLeft > 0)
            {
                if (!_chunks.TryGetValue(flight, out int chunk)) continue;
                flight.PromptLeft -= chunk;
                if (flight.PromptLeft > 0) continue;
                flight.FirstTokenAt = now;
            }

            if (++flight.Emitted < flight.Request.Generated) continue;
            flight.EndedAt = now;
            _running.RemoveAt(i);
            _kvTokens -= flight.Request.Prompt + flight.Request.Generated;
            WorkInFlight -= flight.Work;
            WorkEnded += flight.Work;
            finished.Add(flight);
        }
    }
}
