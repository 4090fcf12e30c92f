using System.Globalization;
using Trireme.Gateway.Benchmarks;

// The parts of bench/gateway/run, which starts them and says what for.
//   mock ROLE_GAP_MS PORT...                  an engine that streams 64 deltas, one each 20 ms
//   yarp PORT UPSTREAM                        a bare YARP in front of it
//   measure OPTIONS NAME=URL=PID[=KEY]...     streams and requests through each, in turn
switch (args)
{
    case ["mock", var gap, .. var ports]:
        await MockEngine.RunAsync(TimeSpan.FromMilliseconds(Number(gap)), [.. ports.Select(Number)]);
        return 0;
    case ["yarp", var port, var upstream]:
        await BareYarp.RunAsync(Number(port), upstream);
        return 0;
    case ["measure", var rounds, var seconds, var warmUp, var folder, .. var targets] when targets.Length > 0:
        var (each, warm) = (TimeSpan.FromSeconds(Number(seconds)), TimeSpan.FromSeconds(Number(warmUp)));
        await Comparison.RunAsync(Number(rounds), each, warm, folder, [.. targets.Select(Target.Parse)]);
        return 0;
    default:
        await Console.Error.WriteLineAsync("Run bench/gateway/run; it says what it measures.");
        return 64;
}

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
