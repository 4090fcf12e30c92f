using System.Globalization;
using Trireme.Contracts.Resources;
using Trireme.Fleet.Scaling;

namespace Trireme.Dashboard.Views;

/// <summary>Says of a service how its load decides the number of replicas.</summary>
internal static class ScalingLine
{
    /// <summary>One or two sentences for the service's own page; null for a service whose number a person sets.</summary>
    public static string? Of(ModelService service, DateTimeOffset now)
    {
        if (service is not { Spec.Scaling: { } spec, Status.Scaling: { } scaling }) return null;
        string number = scaling.Desired == 0
            ? "Asleep: the next request starts a replica"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{scaling.Desired} of {spec.MinReplicas} to {spec.MaxReplicas} replicas by load, {service.Status.ReadyReplicas} ready");
        string changed = scaling is { LastChange: { } at, ChangedFrom: { } from }
            ? string.Create(CultureInfo.InvariantCulture, $", from {from} {Format.Age(at, now)} ago")
            : "";
        string start = StartupWords.Of(scaling) is { } words ? $" Last start: {words}." : "";
        return $"{number}{changed}: {scaling.Reason}.{start}";
    }
}
