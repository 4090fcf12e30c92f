namespace Trireme.Inference.Scheduling;

/// <summary>
/// How many tokens a step may compute so that running answers get their next token in time: Sarathi-Serve's stall-free batching with a
/// chunk that follows the measured speed of the machine instead of a constant. Fed with the times of past steps; no clock of its own.
/// </summary>
internal sealed class StepBudget(int maxBatchedTokens, double? targetSeconds)
{
    /// <summary>
    /// Prompt tokens every step may compute whatever it costs: prompts would else never be read while a slow machine answers. A block
    /// of the usual size, which the kernels compute at nearly the price of a few tokens.
    /// </summary>
    public const int MinPrefillTokens = 16;

    /// <summary>Part of the target that is planned for; the rest is for sampling and for what the estimate misses.</summary>
    private const double PlannedShare = 0.9;

    /// <summary>
    /// Time for prompts as a share of the time for answers, where the answers alone come near the target or miss it. It then gives
    /// way by a quarter at most, and prompts keep a fifth of the machine.
    /// </summary>
    private const double MinPrefillShare = 0.25;

    /// <summary>A chunk that is wanted this much larger or smaller stays as it is, so that noise does not move it.</summary>
    private const double DeadBand = 0.125;

    private int _chunk = MinPrefillTokens;

    /// <summary>What steps have cost so far.</summary>
    public StepCosts Costs { get; } = new();

    /// <summary>
    /// Tokens the next step may compute while so many answers run, which bring so many drafts along. Without answers no client notices
    /// how long a step takes.
    /// </summary>
    public int Decide(int streams, int drafts = 0)
    {
        if (targetSeconds is not { } target || streams == 0) return maxBatchedTokens;
        _chunk = NextChunk(target, streams + drafts);
        return Math.Clamp(streams + drafts + _chunk, 1, maxBatchedTokens);
    }

    public void Observe(ScheduledStep step, double seconds) => Costs.Observe(step.DecodeCount, step.PrefillCount, seconds);

    private int NextChunk(double target, int decodes)
    {
        if (Costs.PerPrefillToken == 0) return MinPrefillTokens;
        double answers = Costs.Base(decodes);
        double prefillSeconds = Math.Max((target * PlannedShare) - answers, answers * MinPrefillShare);
        double wanted = Math.Min(Math.Max(prefillSeconds / Costs.PerPrefillToken, MinPrefillTokens), maxBatchedTokens);
        if (Math.Abs(wanted - _chunk) <= _chunk * DeadBand) return _chunk;
        // Down at once, up by doubling: an estimate that is too good costs one step, not a stall.
        return (int)Math.Min(wanted, _chunk * 2.0);
    }
}
