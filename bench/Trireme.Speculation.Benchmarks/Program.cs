using System.Globalization;
using Trireme.Inference.Engine;
using Trireme.Inference.Speculation;
using Trireme.Speculation.Benchmarks;

// Tokens per second of one model without drafts, with prompt lookup, and with a draft model where one is given, on texts that repeat
// themselves and texts that do not. Rounds are interleaved, so that what else runs on the machine falls on all alike.
if (args.Length == 0)
{
    Console.Error.WriteLine("Usage: Trireme.Speculation.Benchmarks MODEL [DRAFT_MODEL|-] [ROUNDS] [WEIGHTS]");
    return 2;
}

string model = args[0];
string? draft = args.Length > 1 && args[1] != "-" ? args[1] : null;
int rounds = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 7;
WeightPrecision weights = args.Length > 3 ? Enum.Parse<WeightPrecision>(args[3], ignoreCase: true) : WeightPrecision.AsStored;

var lookup = new SpeculationOptions { Method = SpeculationMethod.Ngram };
var drafting = new SpeculationOptions { Method = SpeculationMethod.Draft, DraftModel = draft };
List<Contender> contenders =
[
    await Contender.LoadAsync("no drafts", model, weights, speculation: null),
    await Contender.LoadAsync("prompt lookup", model, weights, lookup),
    await Contender.LoadAsync("prompt lookup, always", model, weights, lookup with { Always = true }),
];
if (draft is not null)
{
    contenders.Add(await Contender.LoadAsync("draft model", model, weights, drafting));
    contenders.Add(await Contender.LoadAsync("draft model, always", model, weights, drafting with { Always = true }));
}

Console.WriteLine($"{Path.GetFileName(model)}, {rounds} rounds, median tokens/s       against none   drafts   accepted");
foreach (int streams in new[] { 1, 8 })
{
    foreach (Workload workload in Workload.All)
    {
        // The first round compiles, and shows the engine what pays.
        foreach (Contender contender in contenders) await contender.RunAsync(workload, streams);
        foreach (Contender contender in contenders) contender.Begin();
        for (int round = 0; round < rounds; round++)
        {
            foreach (Contender contender in contenders) await contender.RunAsync(workload, streams);
        }

        Console.WriteLine($"{workload.Name}, {streams} at once");
        foreach (Contender contender in contenders) Console.WriteLine(contender.Row(contenders[0]));
    }
}

foreach (Contender contender in contenders) await contender.DisposeAsync();
return 0;
