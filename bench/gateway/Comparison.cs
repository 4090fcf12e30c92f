using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Trireme.Gateway.Benchmarks;

/// <summary>Measures all targets in turn, round by round, and keeps every round's figures.</summary>
internal static class Comparison
{
    private const int Clients = 32;

    public static async Task RunAsync(int rounds, TimeSpan each, TimeSpan warmUp, string folder, IReadOnlyList<Target> targets)
    {
        foreach (Target target in targets)
        {
            await MeasureAsync("", target, warmUp, static (client, until) => client.RequestAsync(until));
            await MeasureAsync("", target, warmUp, static (client, until) => client.StreamAsync(until));
        }

        var figures = new List<Figures>();
        for (int round = 0; round < rounds; round++)
        {
            foreach (Target target in targets)
            {
                figures.Add(await MeasureAsync("streams", target, each, static (client, until) => client.StreamAsync(until)));
                figures.Add(await MeasureAsync("requests", target, each, static (client, until) => client.RequestAsync(until)));
            }
        }

        Print(figures, targets);
        Directory.CreateDirectory(folder);
        string date = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd-HHmm", CultureInfo.InvariantCulture);
        string file = Path.Combine(folder, date + ".json");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(figures, Indented));
        Console.WriteLine($"Every round is in {file}.");
    }

    private static JsonSerializerOptions Indented { get; } = new() { WriteIndented = true };

    private static async Task<Figures> MeasureAsync(
        string measure, Target target, TimeSpan length, Func<Client, long, Task<Seen>> ask)
    {
        Client[] clients = [.. Enumerable.Range(0, Clients).Select(_ => new Client(target))];
        long before = target.Microseconds, start = Stopwatch.GetTimestamp();
        long until = start + (long)(length.TotalSeconds * Stopwatch.Frequency);
        Seen[] seen = await Task.WhenAll(clients.Select(client => Task.Run(() => ask(client, until))));
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        double used = target.Microseconds - before;
        foreach (Client client in clients) client.Dispose();

        double[] late = [.. seen.SelectMany(one => one.ChunkMicroseconds).Order()];
        int chunks = late.Length + seen.Sum(one => one.FirstEventMicroseconds.Count);
        return new Figures(
            target.Name,
            measure,
            used / Math.Max(chunks, 1),
            chunks / seconds,
            At(late, 0.5),
            At(late, 0.99),
            At([.. seen.SelectMany(one => one.FirstEventMicroseconds).Order()], 0.5),
            At([.. seen.SelectMany(one => one.FirstContentMicroseconds).Order()], 0.5),
            seen.Sum(one => one.Whole),
            seen.Sum(one => one.Broken));
    }

    private static double At(double[] ordered, double share) => ordered.Length == 0 ? 0 : ordered[(int)(share * (ordered.Length - 1))];

    private static void Print(List<Figures> figures, IReadOnlyList<Target> targets)
    {
        foreach (string measure in (string[])["streams", "requests"])
        {
            Console.WriteLine($"{measure,-10}  us each   least    most  a second   p50 us   p99 us    first  content  broken");
            foreach (Target target in targets)
            {
                Figures[] own = [.. figures.Where(one => one.Target == target.Name && one.Measure == measure)];
                string Middle(Func<Figures, double> value, string format) =>
                    own.Select(value).Order().ElementAt(own.Length / 2).ToString(format, CultureInfo.InvariantCulture);
                string each = Middle(one => one.MicrosecondsEach, "F1");
                string least = own.Min(one => one.MicrosecondsEach).ToString("F1", CultureInfo.InvariantCulture);
                string most = own.Max(one => one.MicrosecondsEach).ToString("F1", CultureInfo.InvariantCulture);
                Console.Write($"{target.Name,-10} {each,8} {least,7} {most,7} {Middle(one => one.PerSecond, "F0"),9} ");
                Console.Write($"{Middle(one => one.P50, "F0"),8} {Middle(one => one.P99, "F0"),8} {Middle(one => one.First, "F0"),8} ");
                Console.WriteLine($"{Middle(one => one.FirstContent, "F0"),8} {own.Sum(one => one.Broken),7}");
            }
        }
    }

    /// <param name="Target">Which gateway.</param>
    /// <param name="Measure">Streams, whose chunks count, or requests.</param>
    /// <param name="MicrosecondsEach">Processor time of the gateway for each chunk or request.</param>
    /// <param name="PerSecond">Chunks or requests.</param>
    /// <param name="P50">Of a chunk from the engine's write to the client's read, or of a whole request.</param>
    /// <param name="P99">Of the same.</param>
    /// <param name="First">The same for the first event of a stream, which holds the role; median.</param>
    /// <param name="FirstContent">The same for the first content; median.</param>
    /// <param name="Whole">Answers that came to their end.</param>
    /// <param name="Broken">Answers that did not.</param>
    private sealed record Figures(
        string Target,
        string Measure,
        double MicrosecondsEach,
        double PerSecond,
        double P50,
        double P99,
        double First,
        double FirstContent,
        int Whole,
        int Broken);
}
