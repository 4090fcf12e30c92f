using System.Globalization;
using Trireme.Contracts.Resources;

namespace Trireme.Fleet.Scaling;

/// <summary>A change of the number of replicas that the load led to, for an event.</summary>
/// <param name="Reason">Stable machine-readable name of the change.</param>
/// <param name="Message">What a person should know.</param>
public sealed record ScalingNews(string Reason, string Message)
{
    /// <param name="before">What was recorded.</param>
    /// <param name="after">What is decided now.</param>
    /// <returns>Null where the number stays.</returns>
    public static ScalingNews? Of(ScalingStatus? before, ScalingStatus? after)
    {
        if (before is null || after is null || before.Desired == after.Desired) return null;
        string reason = (before.Desired, after.Desired) switch
        {
            (0, _) => ScalingReasons.Woken,
            (_, 0) => ScalingReasons.WentToSleep,
            var (then, now) when now > then => ScalingReasons.ScaledUp,
            _ => ScalingReasons.ScaledDown,
        };
        string message = string.Create(CultureInfo.InvariantCulture, $"From {before.Desired} to {after.Desired} replicas: {after.Reason}.");
        return new ScalingNews(reason, message);
    }
}
