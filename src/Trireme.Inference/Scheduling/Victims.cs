using Trireme.Fleet.Fairness;
using Trireme.Inference.Caching;

namespace Trireme.Inference.Scheduling;

/// <summary>
/// Chooses whose place others get: of the worst priority, and there of the tenant that has most places for its weight, the latest. So a
/// tenant that sends little is not the victim of one that sends much.
/// </summary>
internal sealed class Victims(PriorityList<Sequence> running, FairQueue<Sequence> shares, SequenceBlocks blocks)
{
    private readonly List<Sequence> _chosen = [];

    /// <summary>The next one; some must run.</summary>
    /// <param name="from">The first place in the order of those that run that may be a victim's.</param>
    public Sequence Next(int from = 0)
    {
        Sequence victim = running.Last;
        double most = shares.PlacesFor(victim);
        for (int i = running.Count - 2; i >= from && running[i].Priority == victim.Priority; i--)
        {
            double places = shares.PlacesFor(running[i]);
            if (places > most) (victim, most) = (running[i], places);
        }

        return victim;
    }

    /// <summary>Blocks that the running answers lack for their next tokens.</summary>
    public int CountMissing()
    {
        int missing = 0;
        for (int i = 0; i < running.Count; i++)
        {
            Sequence sequence = running[i];
            if (sequence.Remaining == 1) missing += blocks.CountMissing(sequence.Blocks, sequence.ComputedTokens + 1);
        }

        return missing;
    }

    /// <summary>How many places the tenant of the next victim owes to a sequence of the same priority.</summary>
    public int CountOwed(Sequence waiting)
    {
        Sequence holder = Next();
        return holder.Priority == waiting.Priority ? shares.PlacesOwed(holder, waiting) : 0;
    }

    /// <summary>
    /// The fewest whose places another sequence can start in; none where it needs none, or where all that are owed do not do.
    /// </summary>
    /// <param name="owed">Most that may be chosen.</param>
    /// <param name="prefix">What is known of the other sequence.</param>
    /// <param name="tokens">What it starts with.</param>
    /// <param name="sequenceLimit">Most that may run.</param>
    public List<Sequence> ForShare(int owed, ReadOnlySpan<int> prefix, int tokens, int sequenceLimit)
    {
        _chosen.Clear();
        string tenant = Next().Tenant;
        int freed = -CountMissing();
        for (int i = running.Count - 1; ; i--)
        {
            if (running.Count - _chosen.Count < sequenceLimit && blocks.CanStart(prefix, tokens, freed)) return _chosen;
            while (i >= 0 && running[i].Tenant != tenant) i--;
            if (i < 0 || _chosen.Count == owed || running[i].Priority != running.Last.Priority) break;
            _chosen.Add(running[i]);
            freed += blocks.CountOwn(running[i].Blocks);
        }

        _chosen.Clear();
        return _chosen;
    }
}
