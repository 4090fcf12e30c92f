using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Trireme.Grammars.Benchmarks;
using Trireme.Inference.Generation;
using Trireme.Inference.Grammars;
using Trireme.Inference.Grammars.Json;

// The longest that one schema keeps a thread busy: each family of schemas from small to as large as a schema may be, the longest of them
// whether it was taken or refused. A size is measured again while it is the longest of its family, and the best of the runs counts, so
// that what else runs on the machine does not. The last line is "RESULT" with every figure as JSON.
const double Growth = 1.3;
const int Runs = 3;
const int LengthMax = 256 * 1024;

var figures = new SortedDictionary<string, double>(StringComparer.Ordinal);
Compile(SchemaFamily.All[0].Schema(10));
foreach (SchemaFamily family in SchemaFamily.All.Where(family => args.Length == 0 || args.Contains(family.Name)))
{
    Measured longest = default;
    for (double size = 4; size < 300_000; size *= Growth)
    {
        string schema = family.Schema((int)size);
        if (schema.Length > LengthMax) break;
        Measured measured = Compile(schema) with { Size = (int)size };
        for (int run = 1; run < Runs && measured.Seconds > longest.Seconds; run++)
        {
            Measured again = Compile(schema);
            if (again.Seconds < measured.Seconds) measured = again with { Size = (int)size };
        }

        if (measured.Seconds > longest.Seconds) longest = measured;
    }

    string outcome = longest.Refusal is null ? "taken" : "refused: " + longest.Refusal[..Math.Min(60, longest.Refusal.Length)];
    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{family.Name,-50} {longest.Size,7} {longest.Seconds * 1000,8:0} ms {longest.Megabytes,6:0} MB allocated, {outcome}"));
    figures[family.Name] = Math.Round(longest.Seconds, 4);
}

Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture, $"the longest of all, at a budget of {SchemaWork.StepsMax} steps: {figures.Values.Max():0.00} s"));
Console.WriteLine("RESULT " + JsonSerializer.Serialize(figures));

static Measured Compile(string schema)
{
    GC.Collect();
    long before = GC.GetAllocatedBytesForCurrentThread();
    long started = Stopwatch.GetTimestamp();
    string? refusal = null;
    try
    {
        ConstraintCompiler.Translate(OutputConstraint.JsonSchema(schema), CancellationToken.None);
    }
    catch (GrammarException exception)
    {
        refusal = exception.Message;
    }

    double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
    return new Measured(0, seconds, (GC.GetAllocatedBytesForCurrentThread() - before) / 1e6, refusal);
}

internal readonly record struct Measured(int Size, double Seconds, double Megabytes, string? Refusal);
