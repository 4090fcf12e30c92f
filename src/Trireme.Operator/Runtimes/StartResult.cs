namespace Trireme.Operator.Runtimes;

/// <summary>What became of a start: an engine that runs now, or why there is none.</summary>
public abstract record StartResult
{
    private StartResult()
    {
    }

    /// <summary>The engine was started; whether it becomes ready is for later observations to say.</summary>
    public sealed record Started(ReplicaObservation Observation) : StartResult;

    /// <summary>No engine was started. It is tried again after a pause, because what stands in the way may go.</summary>
    /// <param name="Reason">Reason of the replica's Ready condition.</param>
    /// <param name="Message">What is wrong, where, and what to do.</param>
    public sealed record Failed(string Reason, string Message) : StartResult;
}
