namespace Trireme.Training.Progress;

/// <summary>Where a run reports to.</summary>
internal interface ITrainingProgress
{
    /// <summary>Something noteworthy, as a sentence.</summary>
    void Note(string text);

    /// <summary>The state after a step. Called for every step; the receiver decides how many it shows.</summary>
    void Step(StepProgress progress);

    /// <summary>A question and what the trained model answers.</summary>
    void Sample(string question, string answer);

    /// <summary>The end of a run that wrote a model.</summary>
    void Finished(FinishedRun run);

    /// <summary>Why there is no model.</summary>
    void Failed(string text);
}

/// <summary>State of training after a step.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="Loss">Training loss in nats per token, averaged over the last steps.</param>
/// <param name="TokensPerSecond">Speed over the last steps.</param>
/// <param name="Remaining">Time left at the average speed so far.</param>
internal sealed record StepProgress(int Step, int Steps, double Loss, double TokensPerSecond, TimeSpan Remaining);

/// <summary>What a finished run left behind.</summary>
/// <param name="Output">Folder of the model.</param>
/// <param name="HeldOutPerplexity">Per token.</param>
/// <param name="HeldOutBitsPerByte">Comparable between tokenizers.</param>
/// <param name="WallSeconds">Time the run took.</param>
/// <param name="Comparison">How it compares with the run before; null where there was none.</param>
/// <param name="Reproduced">Whether it is the same model as before; null where nothing could be compared.</param>
internal sealed record FinishedRun(
    string Output, double HeldOutPerplexity, double HeldOutBitsPerByte, double WallSeconds, string? Comparison, bool? Reproduced);
