using Trireme.Contracts.Resources;
using Trireme.Fleet.Scaling;
using Trireme.Fleet.Services;

namespace Trireme.Fleet;

/// <summary>
/// Decides for all services that something happened to, together and in order of urgency, so that what is scarce goes to those whose
/// clients wait. Each call depends on the snapshot and the time only.
/// </summary>
public static class FleetPlanner
{
    /// <param name="fleet">The fleet as it is.</param>
    /// <param name="touched">Services to decide; those the fleet does not have are passed over.</param>
    /// <param name="now">The time of the decision.</param>
    /// <returns>The decisions, most urgent first.</returns>
    public static IReadOnlyList<ServiceDecision> Decide(FleetSnapshot fleet, IEnumerable<ServiceKey> touched, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(fleet);
        ArgumentNullException.ThrowIfNull(touched);
        var services = new List<ServiceSnapshot>();
        foreach (ServiceKey key in touched)
        {
            if (fleet.Services.TryGetValue(key, out ServiceSnapshot? service)) services.Add(service);
        }

        services.Sort(static (left, right) =>
        {
            int byUrgency = Urgency(left).CompareTo(Urgency(right));
            return byUrgency != 0 ? byUrgency : ServiceKey.Compare(left.Key, right.Key);
        });

        var decisions = new List<ServiceDecision>(services.Count);
        foreach (ServiceSnapshot service in services) decisions.Add(ServicePlanner.Decide(service, now));
        return decisions;
    }

    /// <summary>0 for a service whose clients get no answer, 1 for one that has fewer replicas than it wants, 2 for all others.</summary>
    private static int Urgency(ServiceSnapshot service)
    {
        int ready = 0;
        foreach (ModelReplica replica in service.Replicas)
        {
            if (ServiceSnapshot.IsReady(replica)) ready++;
        }

        int wanted = Math.Max(DecidedReplicas.Of(service.Service), service.Load?.Last?.Held > 0 ? 1 : 0);
        return ready >= wanted ? 2 : ready == 0 ? 0 : 1;
    }
}
