using System.Text.Json;
using Trireme.Fleet.Benchmarks;

// Measures the control plane's decisions and how fast they are carried out. The last line is "RESULT" with every figure as JSON.
//   cycle     a fleet cycle over 1,000 services of which one changed: time and allocation
//   create    256 replicas of one new service, from the apply to the last object, on a real API server
var figures = new SortedDictionary<string, double>(StringComparer.Ordinal);
string[] wanted = args.Length == 0 ? ["cycle", "create"] : args;
foreach (string name in wanted)
{
    switch (name)
    {
        case "cycle":
            CycleBenchmark.Run(figures);
            break;
        case "create":
            await CreateBenchmark.RunAsync(figures);
            break;
        default:
            await Console.Error.WriteLineAsync($"There is no measure \"{name}\"; known are cycle and create.");
            return 64;
    }
}

Console.WriteLine("RESULT " + JsonSerializer.Serialize(figures));
return 0;
