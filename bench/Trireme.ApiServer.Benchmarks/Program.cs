using System.Text.Json;
using Trireme.ApiServer.Benchmarks;

// Measures the API server of the built program in a process of its own. The last line is "RESULT" with every figure as JSON.
//   writes                     durable writes per second beside etcd (etcd-server of Debian), one client and 32
//   calls PROGRAM              what each kind of call costs beside another build
//   deletecollection [COUNT]   one request that deletes 60,000 objects, or COUNT, and what other clients feel of it
//   quota [COUNT]              one more Pod beside 5,000, or COUNT: in a plain namespace, with a quota, with a quota and a budget
var figures = new SortedDictionary<string, double>(StringComparer.Ordinal);
string program = Environment.GetEnvironmentVariable("TRIREME_PROGRAM") ?? Path.GetFullPath(
    Path.Combine(AppContext.BaseDirectory, "..", "..", "Trireme", "release", "trireme"));
if (!File.Exists(program))
{
    await Console.Error.WriteLineAsync($"{program} is not built; run ./trireme version first, or name another in TRIREME_PROGRAM.");
    return 66;
}

switch (args)
{
    case ["writes"]:
        await WritesBenchmark.RunAsync(program, figures);
        break;
    case ["calls", var other] when File.Exists(other):
        await CallsBenchmark.RunAsync(program, other, figures);
        break;
    case ["deletecollection"]:
        await DeleteCollectionBenchmark.RunAsync(program, 60_000, figures);
        break;
    case ["deletecollection", var count] when int.TryParse(count, out int objects) && objects > 0:
        await DeleteCollectionBenchmark.RunAsync(program, objects, figures);
        break;
    case ["quota"]:
        await QuotaBenchmark.RunAsync(program, 5000, figures);
        break;
    case ["quota", var count] when int.TryParse(count, out int pods) && pods > 0:
        await QuotaBenchmark.RunAsync(program, pods, figures);
        break;
    default:
        await Console.Error.WriteLineAsync("Say what to measure: writes, calls PROGRAM, deletecollection [COUNT], or quota [COUNT].");
        return 64;
}

Console.WriteLine("RESULT " + JsonSerializer.Serialize(figures));
return 0;
