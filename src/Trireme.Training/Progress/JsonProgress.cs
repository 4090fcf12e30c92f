using System.Text.Json;
using Trireme.Contracts.Serialization;

namespace Trireme.Training.Progress;

/// <summary>Progress for programs: one JSON object per line, told apart by "event".</summary>
internal sealed class JsonProgress(TextWriter output, TimeProvider time) : ITrainingProgress
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private long? _lastShown;

    public void Note(string text) => Write(new { Event = "note", Text = text });

    public void Step(StepProgress progress)
    {
        bool last = progress.Step == progress.Steps;
        if (!last && _lastShown is { } shown && time.GetElapsedTime(shown) < Interval) return;

        _lastShown = time.GetTimestamp();
        Write(new
        {
            Event = "step",
            progress.Step,
            progress.Steps,
            progress.Loss,
            progress.TokensPerSecond,
            RemainingSeconds = progress.Remaining.TotalSeconds,
        });
    }

    public void Sample(string question, string answer) => Write(new { Event = "sample", Question = question, Answer = answer });

    public void Finished(FinishedRun run) => Write(new
    {
        Event = "finished",
        run.Output,
        run.HeldOutPerplexity,
        run.HeldOutBitsPerByte,
        run.WallSeconds,
        run.Comparison,
        run.Reproduced,
    });

    public void Failed(string text) => Write(new { Event = "failed", Text = text });

    private void Write<T>(T line)
    {
        output.WriteLine(JsonSerializer.Serialize(line, ResourceJson.Options));
        output.Flush();
    }
}
