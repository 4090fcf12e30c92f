using Trireme.Contracts.Resources;

namespace Trireme.Fleet.Rollouts.Waves;

/// <summary>Which services take part, and in which wave.</summary>
internal static class WaveMembers
{
    /// <summary>Those that took part, less those that left before their turn, and those that came.</summary>
    public static IReadOnlyList<FleetRolloutMember> List(WaveSnapshot snapshot, FleetRolloutStatus known)
    {
        List<FleetRolloutMember> members = [.. known.Services.Where(member => Stays(snapshot, member))];
        HashSet<string> names = [.. members.Select(static member => member.Name)];
        List<ModelService> newcomers =
        [
            .. snapshot.Services.Values
                .Where(service => !service.Metadata.IsDeleting && !names.Contains(service.Metadata.Name) && snapshot.Selects(service))
                .OrderBy(static service => service.Spec.Placement.PriorityClass)
                .ThenBy(static service => service.Metadata.Name, StringComparer.Ordinal),
        ];
        if (newcomers.Count == 0) return members;
        int[] waves = known.Services.Count == 0
            ? Numbers(snapshot.Spec.Waves, newcomers.Count)
            : [.. Enumerable.Repeat(known.Services.Max(static member => member.Wave), newcomers.Count)];
        members.AddRange(newcomers.Select((service, i) => new FleetRolloutMember
        {
            Name = service.Metadata.Name,
            Uid = service.Metadata.Uid ?? "",
            Wave = waves[i],
            From = service.Spec.Release,
            To = Target(snapshot, service.Spec.Release),
            Outcome = FleetMemberOutcome.Pending,
        }));
        return members;
    }

    /// <summary>
    /// The number of each service's wave: up to its share of all, and at least one service more than the wave before it; the last one has
    /// the others.
    /// </summary>
    internal static int[] Numbers(IReadOnlyList<FleetWave> waves, int count)
    {
        int[] numbers = new int[count];
        int done = 0;
        int number = 1;
        foreach (FleetWave wave in waves)
        {
            int upTo = Math.Min(count, Math.Max(done + 1, (int)Math.Ceiling(count * wave.Percent / 100.0)));
            for (; done < upTo; done++) numbers[done] = number;
            if (done == count) return numbers;
            number++;
        }

        for (; done < count; done++) numbers[done] = number;
        return numbers;
    }

    /// <summary>The release that a service comes to from another one.</summary>
    private static string Target(WaveSnapshot snapshot, string from)
    {
        if (snapshot.Spec.Base is not { } model) return snapshot.Spec.Release ?? from;
        bool isThere = snapshot.Releases.TryGetValue(from, out Release? release) && release.Spec.Source == model.Source;
        return isThere ? from : $"{from}-{model.Suffix}";
    }

    private static bool Stays(WaveSnapshot snapshot, FleetRolloutMember member) =>
        member.Outcome != FleetMemberOutcome.Pending
        || (snapshot.Services.TryGetValue(member.Name, out ModelService? service)
            && service.Metadata.Uid == member.Uid
            && (snapshot.Selects(service) || snapshot.HasOrdered(service)));
}
