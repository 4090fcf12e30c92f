using System.Globalization;
using Trireme.Contracts.Serialization;
using Trireme.Output;

namespace Trireme.Load;

/// <summary>Says in one line how far a run is.</summary>
internal static class LoadProgress
{
    public static string Begin(LoadOptions options) => string.Create(
        CultureInfo.InvariantCulture,
        $"sending {options.RequestsPerSecond:0.###} requests/s to {options.Service} for {new Duration(options.Duration)}; "
        + $"Ctrl+C ends it early");

    /// <param name="run">The run.</param>
    /// <param name="elapsed">How long it has taken.</param>
    /// <param name="duration">How long it sends.</param>
    /// <param name="isEnding">True once somebody asked it to end.</param>
    /// <param name="isTerminal">Whether a person looks on.</param>
    public static string Text(LoadRun run, TimeSpan elapsed, TimeSpan duration, bool isEnding, bool isTerminal)
    {
        int failed = run.Samples.Count(sample => sample.Outcome != LoadOutcome.Succeeded);
        string counts = string.Create(CultureInfo.InvariantCulture, $"sent {run.Started}, open {run.Open}, failed {failed}");
        return isEnding
            ? $"ending, {LoadRun.DrainMax.TotalSeconds:0} s at most for the open answers: {counts}"
            : $"{ProgressBar.Text(elapsed / duration, isTerminal)}  {counts}";
    }
}
