using System.Text.Json;
using Trireme.Fleet.Benchmarks;
using Trireme.Fleet.Benchmarks.Prefixes;

// Measures the control plane's decisions and how fast they are carried out. The last line is "RESULT" with every figure as JSON.
//   cycle     a fleet cycle over 1,000 services of which one changed: time and allocation
//   placement 1,000 replicas over pools: time, allocation, and memory that is lost beside first-fit and best-fit
//   judge     rollouts of equal and of worse releases, a look after every sample: how many are rolled back, and how soon
//   scaling FOLDER   the Azure LLM traces in a folder, replayed through the scaling decision and those of HPA, KPA and KEDA
//   scaling-made     the same with traces that are made by seed
//             before either --only CASE: only the cases whose name has it, such as conversation_180s; --quick: without best targets
//   prefix FILE      a trace with shared prompts (Mooncake's form) sent to simulated replicas by several routers
//   create    256 replicas of one new service, from the apply to the last object, on a real API server
var figures = new SortedDictionary<string, double>(StringComparer.Ordinal);
var choice = new ScalingChoice();
string[] wanted = args.Length == 0 ? ["cycle", "placement", "create", "judge"] : args;
for (int i = 0; i < wanted.Length; i++)
{
    switch (wanted[i])
    {
        case "cycle":
            CycleBenchmark.Run(figures);
            break;
        case "placement":
            PlacementBenchmark.Run(figures);
            break;
        case "create":
            await CreateBenchmark.RunAsync(figures);
            break;
        case "judge":
            JudgeBenchmark.Run(figures);
            break;
        case "--only" when i + 1 < wanted.Length:
            choice = choice with { Only = wanted[++i] };
            break;
        case "--quick":
            choice = choice with { IsQuick = true };
            break;
        case "scaling-made":
            ScalingBenchmark.RunSynthetic(choice, figures);
            break;
        case "scaling" when i + 1 < wanted.Length:
            if (!ScalingBenchmark.Run(wanted[++i], choice, figures)) return 66;
            break;
        case "prefix" when i + 1 < wanted.Length:
            if (!PrefixBenchmark.Run(wanted[++i], figures)) return 66;
            break;
        case "scaling":
            await Console.Error.WriteLineAsync("scaling needs the folder of the traces: scaling FOLDER.");
            return 64;
        default:
            const string Known = "cycle, placement, create, judge, scaling-made, scaling FOLDER and prefix FILE";
            await Console.Error.WriteLineAsync($"There is no measure \"{wanted[i]}\"; known are {Known}.");
            return 64;
    }
}

Console.WriteLine("RESULT " + JsonSerializer.Serialize(figures));
return 0;
