namespace Trireme.Inference.Scheduling;

/// <summary>
/// Waiting sequences by tenant. The next one is of the best priority and, among equals, of the tenant that was served least for its
/// weight: the virtual token counter of Sheng et al., "Fairness in Serving Large Language Models" (OSDI 2024), with the start times
/// of Goyal et al.'s start-time fair queueing (1996) for tenants that come back. Two tenants that both wait are never further apart
/// than the cost of what can run at once, whatever they send.
/// </summary>
internal sealed class FairQueue
{
    /// <summary>
    /// Tenants remembered although they have nothing here, because they were served more than their share. Beyond this the one with
    /// the least to make up for is forgotten.
    /// </summary>
    public const int MaxIdleTenants = 1024;

    private readonly Dictionary<string, TenantShare> _tenants = [];
    private readonly List<TenantShare> _backlogged = [];
    private int _activeTenants;
    private long _nextDeadline = long.MaxValue;

    /// <summary>What the least served tenant with work has been served; never falls.</summary>
    private double _virtualTime;

    public int Count { get; private set; }

    public long TokenCount { get; private set; }

    /// <summary>Tenants with work here and those that were served too much to be forgotten.</summary>
    public int TenantCount => _tenants.Count;

    public void Add(Sequence sequence)
    {
        TenantShare tenant = Find(sequence);
        if (tenant.Waiting.Count == 0) _backlogged.Add(tenant);
        tenant.Waiting.Add(sequence);
        Count++;
        TokenCount += sequence.PromptLength;
        if (sequence.Deadline < _nextDeadline) _nextDeadline = sequence.Deadline.Value;
    }

    /// <summary>The next sequence, or null.</summary>
    public Sequence? Peek()
    {
        TenantShare? best = null;
        foreach (TenantShare tenant in _backlogged)
        {
            if (best is null || tenant.Precedes(best)) best = tenant;
        }

        return best?.Waiting.First;
    }

    public void Remove(Sequence sequence)
    {
        TenantShare tenant = _tenants[sequence.Tenant];
        tenant.Waiting.Remove(sequence);
        if (tenant.Waiting.Count == 0) _backlogged.Remove(tenant);
        Count--;
        TokenCount -= sequence.PromptLength;
    }

    /// <summary>Counts a sequence as its tenant's work from its arrival to its end, wherever it is in between.</summary>
    public void Enter(Sequence sequence)
    {
        TenantShare tenant = Find(sequence);
        tenant.Weight = sequence.Weight;
        if (tenant.Active == 0)
        {
            AdvanceVirtualTime();
            // Time without work earns nothing: a tenant that comes back would else shut out all others until it had caught up.
            tenant.Served = Math.Max(tenant.Served, _virtualTime);
            _activeTenants++;
        }

        tenant.Active++;
    }

    public void Leave(Sequence sequence)
    {
        TenantShare tenant = _tenants[sequence.Tenant];
        if (--tenant.Active > 0) return;
        _activeTenants--;
        AdvanceVirtualTime();
        if (_activeTenants == 0)
        {
            _tenants.Clear();
            return;
        }

        if (tenant.Served <= _virtualTime) _tenants.Remove(sequence.Tenant);
        if (_tenants.Count - _activeTenants > MaxIdleTenants) ForgetOne();
    }

    /// <summary>Notes that a tenant was served.</summary>
    /// <param name="sequence">A sequence of the tenant.</param>
    /// <param name="cost">In prompt tokens.</param>
    public void Charge(Sequence sequence, double cost)
    {
        TenantShare tenant = _tenants[sequence.Tenant];
        tenant.Served += cost / tenant.Weight;
    }

    /// <summary>Takes out the sequences whose deadline has passed, with their forks.</summary>
    public void TakeExpired(long now, List<Sequence> expired)
    {
        if (now < _nextDeadline) return;
        int first = expired.Count;
        _nextDeadline = long.MaxValue;
        foreach (TenantShare tenant in _backlogged)
        {
            for (int i = 0; i < tenant.Waiting.Count; i++)
            {
                Sequence sequence = tenant.Waiting[i];
                if (sequence.Deadline is not { } deadline) continue;
                if (deadline <= now)
                {
                    expired.Add(sequence);
                }
                else
                {
                    _nextDeadline = Math.Min(_nextDeadline, deadline);
                }
            }
        }

        for (int i = expired.Count - 1; i >= first; i--) Remove(expired[i]);
    }

    private TenantShare Find(Sequence sequence)
    {
        if (_tenants.TryGetValue(sequence.Tenant, out TenantShare? tenant)) return tenant;
        tenant = new TenantShare(sequence.Weight);
        _tenants.Add(sequence.Tenant, tenant);
        return tenant;
    }

    private void AdvanceVirtualTime()
    {
        if (_activeTenants == 0)
        {
            // Nobody was kept waiting for what the others got, so nobody has anything to make up for.
            foreach (TenantShare tenant in _tenants.Values) _virtualTime = Math.Max(_virtualTime, tenant.Served);
            return;
        }

        double least = double.MaxValue;
        foreach (TenantShare tenant in _tenants.Values)
        {
            if (tenant.Active > 0) least = Math.Min(least, tenant.Served);
        }

        _virtualTime = Math.Max(_virtualTime, least);
    }

    /// <summary>Forgets first what has nothing to make up for any more, else who has least.</summary>
    private void ForgetOne()
    {
        string? least = null;
        double served = double.MaxValue;
        foreach ((string name, TenantShare tenant) in _tenants)
        {
            if (tenant.Active > 0 || tenant.Served >= served) continue;
            least = name;
            served = tenant.Served;
        }

        if (least is not null) _tenants.Remove(least);
    }

    private sealed class TenantShare(double weight)
    {
        public double Weight { get; set; } = weight;

        /// <summary>Cost of what was computed for the tenant, over its weight.</summary>
        public double Served { get; set; }

        /// <summary>Sequences that wait, run or are preempted.</summary>
        public int Active { get; set; }

        /// <summary>Sequences that have started: none of a tenant that has just come.</summary>
        private int Started => Active - Waiting.Count;

        public SequenceList Waiting { get; } = new();

        public bool Precedes(TenantShare other)
        {
            Sequence mine = Waiting.First;
            Sequence theirs = other.Waiting.First;
            if (mine.Priority != theirs.Priority) return mine.Priority < theirs.Priority;
            if (Served != other.Served) return Served < other.Served;
            return Started != other.Started ? Started < other.Started : mine.Arrival < theirs.Arrival;
        }
    }
}
