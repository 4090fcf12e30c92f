using Trireme.Telemetry.Model;

namespace Trireme.Telemetry.PromQL.Evaluation;

/// <summary>One element of an instant vector over all steps.</summary>
/// <param name="Labels">Its labels.</param>
/// <param name="Values">A value per step; the stale marker where the element is absent. Never changed once it is here.</param>
internal sealed record StepSeries(LabelSet Labels, double[] Values)
{
    public bool IsAbsent
    {
        get
        {
            foreach (double value in Values)
            {
                if (!StaleMarker.IsStale(value)) return false;
            }

            return true;
        }
    }
}
