using Trireme.Contracts.Resources;

namespace Trireme.Fleet.Rollouts;

/// <summary>The command lines that steer a rollout, for messages.</summary>
public static class RolloutHint
{
    /// <param name="order">What is said of it: undo or promote.</param>
    /// <param name="service">The service, whose namespace is named where it is not the default.</param>
    /// <param name="to">The release to go back to; null for the one that is recorded.</param>
    public static string Command(string order, ServiceKey service, string? to = null)
    {
        string where = service.Namespace == TriremeApi.DefaultNamespace ? "" : $" -n {service.Namespace}";
        return $"\"trireme rollout {order} {service.Name}{(to is null ? "" : $" --to {to}")}{where}\"";
    }
}
