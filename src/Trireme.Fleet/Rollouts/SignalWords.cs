using System.Globalization;
using Trireme.Contracts.Resources;

namespace Trireme.Fleet.Rollouts;

/// <summary>The numbers of a signal in the words that the judge, the command line and the dashboard share.</summary>
public static class SignalWords
{
    public const string ErrorRate = "errorRate";
    public const string Ttft = "ttft";
    public const string Itl = "itl";
    public const string EndToEnd = "e2e";
    public const string OutputLength = "outputLength";
    public const string FinishReason = "finishReason";
    public const string Quality = "quality";
    public const string CostPerToken = "costPerToken";
    public const string Tasks = "tasks";

    /// <summary>A signal in a sentence.</summary>
    public static string Name(string signal) => signal switch
    {
        ErrorRate => "error rate",
        Ttft => "time to first token",
        Itl => "inter-token latency",
        EndToEnd => "end-to-end latency",
        OutputLength => "answer length",
        FinishReason => "share of a finish reason",
        CostPerToken => "cost per token",
        Tasks => "share of tasks failed",
        _ => signal,
    };

    /// <summary>The same in a column, which has no room for more than two words.</summary>
    public static string Label(string signal) => signal switch
    {
        ErrorRate => "errors",
        Ttft => "first token",
        Itl => "inter-token",
        EndToEnd => "end to end",
        OutputLength => "length",
        FinishReason => "finish reason",
        CostPerToken => "token cost",
        _ => signal,
    };

    /// <summary>A value of a signal with its unit; null where there is none.</summary>
    public static string? Value(string signal, double? value) => value is not { } known ? null : signal switch
    {
        ErrorRate or FinishReason or Tasks => Text($"{known * 100:0.##} %"),
        CostPerToken => Text($"{known * 1e6:0.###} /Mtok"),
        OutputLength => Text($"{known:0.#} tokens"),
        Quality => Text($"{known:0.###} bit/B"),
        _ => known < 10 ? Text($"{known * 1000:0.##} ms") : Text($"{known:0.##} s"),
    };

    /// <summary>What a signal was measured by, and how often: requests of the serving and of the new release, windows or texts.</summary>
    public static string Samples(SignalVerdict signal)
    {
        ArgumentNullException.ThrowIfNull(signal);
        return signal.Signal switch
        {
            ErrorRate or FinishReason => $"{Count(signal.BaselineSamples)} + {Count(signal.CandidateSamples)}",
            Quality => Text($"{signal.Samples} texts"),
            Tasks => Text($"{signal.Samples} tasks"),
            _ => Text($"{signal.Samples} windows"),
        };
    }

    /// <summary>
    /// How the new release differs, in each unit that its limit counts in: a latency by its ratio and by time, because either may be what
    /// it passes by. Null while there is nothing to compare.
    /// </summary>
    public static string? Change(SignalVerdict signal)
    {
        ArgumentNullException.ThrowIfNull(signal);
        return signal switch
        {
            { Signal: Ttft or Itl or EndToEnd, Ratio: { } ratio, Baseline: { } before, Candidate: { } after } =>
                $"{Ratio(ratio)} {Difference(after - before)}",
            { Ratio: { } ratio } => Ratio(ratio),
            { Signal: ErrorRate or FinishReason or Tasks, Baseline: { } before, Candidate: { } after } =>
                Text($"{(after - before) * 100:+0.##;-0.##;0} pp"),
            _ => null,
        };
    }

    internal static string Ratio(double ratio) => Text($"{ratio:0.##}x");

    /// <summary>A difference of times with its sign, in milliseconds where it is less than ten seconds.</summary>
    internal static string Difference(double seconds) =>
        Math.Abs(seconds) < 10 ? Text($"{seconds * 1000:+0.##;-0.##;+0} ms") : Text($"{seconds:+0.##;-0.##} s");

    private static string Count(long count) => count < 10_000 ? Text($"{count}") : Text($"{count / 1000}k");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
