using Trireme.Fleet.Fairness;

namespace Trireme.Inference.Scheduling;

/// <summary>The sequences that have no blocks: those that have not started, their forks, and those that lost their blocks.</summary>
internal sealed class SequenceQueue(FairQueue<Sequence> waiting)
{
    private readonly PriorityList<Sequence> _preempted = new();
    private int _forks;

    public int Count => waiting.Count + _preempted.Count + _forks;

    /// <summary>
    /// The one to start first. What has run before goes first, because a client may be reading it already, unless its tenant was served
    /// more.
    /// </summary>
    public Sequence? Next()
    {
        Sequence? first = waiting.Peek();
        if (_preempted.Count == 0) return first;
        Sequence preempted = _preempted.First;
        for (int i = 1; i < _preempted.Count && _preempted[i].Priority == preempted.Priority; i++)
        {
            if (waiting.IsServedBefore(_preempted[i], preempted)) preempted = _preempted[i];
        }

        if (first is null || preempted.Priority < first.Priority) return preempted;
        return preempted.Priority > first.Priority || waiting.IsServedBefore(first, preempted) ? first : preempted;
    }

    /// <summary>Takes a sequence in, and with it its forks.</summary>
    public void Add(Sequence sequence)
    {
        waiting.Add(sequence);
        _forks += sequence.Forks.Count;
    }

    public void AddPreempted(Sequence sequence) => _preempted.Add(sequence);

    /// <summary>Takes a sequence out, wherever it waits. Its forks stay.</summary>
    public void Remove(Sequence sequence)
    {
        if (sequence.Phase == SequencePhase.Preempted)
        {
            _preempted.Remove(sequence);
        }
        else if (sequence.Leader is { } leader)
        {
            leader.RemoveFork(sequence);
            _forks--;
        }
        else
        {
            waiting.Remove(sequence);
        }
    }

    /// <summary>Takes out those whose deadline has passed, each followed by its forks, and appends them to a list.</summary>
    public void TakeExpired(long now, List<Sequence> expired)
    {
        waiting.TakeExpired(now, expired);
        int leaders = expired.Count;
        for (int i = 0; i < leaders; i++)
        {
            while (expired[i].Forks is [var fork, ..])
            {
                Remove(fork);
                expired.Add(fork);
            }
        }
    }

    /// <summary>Lets each fork wait by itself.</summary>
    public void PartForks(Sequence leader)
    {
        while (leader.Forks is [var fork, ..])
        {
            Remove(fork);
            waiting.Add(fork);
        }
    }

    /// <summary>Makes the first fork of a sequence that has ended the leader of the others.</summary>
    public void KeepForks(Sequence leader)
    {
        if (leader.Forks is not [var first, ..]) return;
        Remove(first);
        while (leader.Forks is [var fork, ..])
        {
            leader.RemoveFork(fork);
            first.AddFork(fork);
        }

        waiting.Add(first);
    }
}
