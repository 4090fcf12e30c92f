namespace Trireme.Telemetry.PromQL.Evaluation;

/// <summary>
/// Bounds what one query may load and produce, and stops it when its time is up. Every sample counts once, and is not given back,
/// so that the bound holds for work as well as for memory.
/// </summary>
internal sealed class QueryBudget(long maxSamples, CancellationToken cancellationToken)
{
    private long _samples;

    public CancellationToken CancellationToken { get; } = cancellationToken;

    /// <summary>Stops the query if its time is up or its caller gone; called once per step in loops over steps.</summary>
    public void CheckTime() => CancellationToken.ThrowIfCancellationRequested();

    public void Charge(long samples)
    {
        CheckTime();
        _samples += samples;
        if (_samples <= maxSamples) return;
        throw QueryException.Execution(
            "query processing would load too many samples into memory in query execution; "
            + $"the limit is {maxSamples}: narrow the selectors, the range or the number of steps");
    }
}
