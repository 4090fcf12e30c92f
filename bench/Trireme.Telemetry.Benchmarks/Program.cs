using System.Text.Json;
using Trireme.Telemetry.Benchmarks;

// Measures the series store at its bounds, where it has to make room for every sample, and label matchers. The last line is "RESULT" with
// every figure as JSON.
//   lockstep   20,000 to 200,000 series that are appended to in the same rounds, until the store is full and well beyond
//   churn      three sources whose series are new in every round, beside a steady one, the results of scrapes and one that comes late
//   sources    5,000 small sources, so that choosing who gives is work
//   patterns   matchers over 100,000 values
var figures = new SortedDictionary<string, double>(StringComparer.Ordinal);
string[] wanted = args.Length == 0 ? ["lockstep", "churn", "sources", "patterns"] : args;
foreach (string name in wanted)
{
    switch (name)
    {
        case "lockstep":
            foreach (int thousands in (int[])[20, 50, 100, 200]) StoreBenchmark.LockStep(thousands * 1000, figures);
            break;
        case "churn":
            StoreBenchmark.Churn(figures);
            break;
        case "sources":
            StoreBenchmark.ManySources(figures);
            break;
        case "patterns":
            PatternBenchmark.Run(figures);
            break;
        default:
            await Console.Error.WriteLineAsync($"There is no measure \"{name}\"; known are lockstep, churn, sources and patterns.");
            return 64;
    }
}

Console.WriteLine("RESULT " + JsonSerializer.Serialize(figures));
return 0;
