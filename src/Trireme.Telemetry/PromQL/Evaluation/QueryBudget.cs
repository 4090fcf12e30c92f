namespace Trireme.Telemetry.PromQL.Evaluation;

/// <summary>
/// Bounds what one query may load and produce, and stops it when its time is up. Every sample counts once, and is not given back,
/// so that the bound holds for work as well as for memory.
/// </summary>
internal sealed class QueryBudget(long maxSamples, CancellationToken cancellationToken)
{
    /// <summary>
    /// UTF-16 units of text that a query may make for labels, 64 MiB: functions within each other multiply it, and a program asks for
    /// thousands of times less.
    /// </summary>
    private const long MaxText = 32L << 20;

    private long _samples;
    private long _text;

    public CancellationToken CancellationToken { get; } = cancellationToken;

    /// <summary>Stops the query if its time is up or its caller gone; called once per step in loops over steps.</summary>
    public void CheckTime() => CancellationToken.ThrowIfCancellationRequested();

    /// <summary>Called before text for a label is made.</summary>
    /// <param name="units">Its length in UTF-16 units.</param>
    public void ChargeText(long units)
    {
        CheckTime();
        _text += units;
        if (_text > MaxText) throw QueryException.Execution($"the labels that the query makes would have more than {MaxText} characters");
    }

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
