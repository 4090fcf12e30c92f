using Trireme.Training.Progress;

namespace Trireme.Training.Tests;

internal sealed class RecordedProgress : ITrainingProgress
{
    public List<StepProgress> Steps { get; } = [];

    public Action<StepProgress>? OnStep { get; init; }

    public void Note(string text)
    {
    }

    public void Step(StepProgress progress)
    {
        Steps.Add(progress);
        OnStep?.Invoke(progress);
    }

    public void Sample(string question, string answer)
    {
    }

    public void Finished(FinishedRun run)
    {
    }

    public void Failed(string text)
    {
    }
}
