using System.Globalization;

namespace Trireme.Training.Progress;

/// <summary>
/// Progress for people: on a terminal one line that is written over, elsewhere a line every few seconds.
/// </summary>
internal sealed class TextProgress(TextWriter output, TextWriter errors, bool refreshes, TimeProvider time) : ITrainingProgress
{
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RefreshInterval = TimeSpan.FromSeconds(0.25);

    private long? _lastShown;
    private int _openLineLength;

    public void Note(string text)
    {
        CloseLine();
        output.WriteLine(text);
    }

    public void Step(StepProgress progress)
    {
        bool last = progress.Step == progress.Steps;
        TimeSpan interval = refreshes ? RefreshInterval : LineInterval;
        if (!last && _lastShown is { } shown && time.GetElapsedTime(shown) < interval) return;

        _lastShown = time.GetTimestamp();
        string line = string.Create(
            CultureInfo.InvariantCulture,
            $"step {progress.Step}/{progress.Steps}  loss {progress.Loss:0.000}  {progress.TokensPerSecond:#,0} tokens/s  "
            + $"{Span(progress.Remaining)} left");
        if (!refreshes)
        {
            output.WriteLine(line);
            return;
        }

        // Spaces wipe what a longer line before left behind.
        output.Write("\r" + line.PadRight(_openLineLength));
        _openLineLength = line.Length;
        output.Flush();
    }

    public void Sample(string question, string answer)
    {
        CloseLine();
        output.WriteLine($"  > {question}");
        output.WriteLine($"    {answer.ReplaceLineEndings("\n    ")}");
    }

    public void Finished(FinishedRun run)
    {
        CloseLine();
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"held-out perplexity {run.HeldOutPerplexity:0.0000} per token, {run.HeldOutBitsPerByte:0.0000} bits per byte; "
            + $"{Span(TimeSpan.FromSeconds(run.WallSeconds))}"));
        output.WriteLine($"model written to {run.Output}");
        if (run.Comparison is not null) output.WriteLine(run.Comparison);
    }

    public void Failed(string text)
    {
        CloseLine();
        errors.WriteLine(text);
    }

    private void CloseLine()
    {
        if (_openLineLength == 0) return;
        output.WriteLine();
        _openLineLength = 0;
    }

    private static string Span(TimeSpan span) => span.TotalMinutes < 1
        ? string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(span.TotalSeconds):0} s")
        : string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(span.TotalMinutes):0} min {span.Seconds} s");
}
