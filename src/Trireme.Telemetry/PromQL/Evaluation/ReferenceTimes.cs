namespace Trireme.Telemetry.PromQL.Evaluation;

/// <summary>The time a selector looks at in each step: the step's or the anchor's, less the offset. It never falls.</summary>
internal readonly record struct ReferenceTimes(StepRange Steps, long? AnchorMs, long OffsetMs)
{
    public long First => At(0);

    public long Last => At(Steps.Count - 1);

    public long At(int step) => (AnchorMs ?? Steps.At(step)) - OffsetMs;
}
