using Trireme.Contracts.Resources;

namespace Trireme.Fleet.Scaling;

/// <summary>How many replicas a service wants, whoever says so.</summary>
public static class DecidedReplicas
{
    /// <summary>spec.replicas, or what spec.scaling has decided on.</summary>
    public static int Of(ModelService service)
    {
        ArgumentNullException.ThrowIfNull(service);
        return service.Spec.Scaling is { } scaling
            ? ScalingPlanner.Initial(scaling, service.Status?.Scaling, service.Status?.StableRelease is not null)
            : service.Spec.Replicas;
    }

    /// <summary>The most that a service may come to want without another word of a person, which is what a quota is held to.</summary>
    public static int AtMost(ModelServiceSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return spec.Scaling?.MaxReplicas ?? spec.Replicas;
    }

    /// <summary>How a service that wants none comes to one, to complete "NAME starts ...".</summary>
    internal static string Raised(ModelServiceSpec spec) => spec.Scaling is null ? "once spec.replicas is raised" : "with the next request";
}
