using Trireme.Fleet.Placement;

namespace Trireme.Plans;

/// <summary>What an apply would do, and what would follow.</summary>
/// <param name="Objects">The objects of the manifests, in their order.</param>
/// <param name="Fleet">What would become of the services.</param>
internal sealed record Plan(IReadOnlyList<PlannedObject> Objects, FleetForecast Fleet)
{
    /// <summary>0 where all of it would come to its end; see the page on exit codes for the others.</summary>
    public int ExitCode => Objects.Any(static planned => planned.Refusal is not null) ? Trireme.ExitCode.Invalid
        : Fleet.Services.Any(static service => service.Problem is not null) ? Trireme.ExitCode.CannotBecomeReady
        : Trireme.ExitCode.Success;
}
