using System.Diagnostics;

namespace Trireme.ApiServer.Benchmarks;

/// <summary>New objects of a kibibyte, written durably by clients that each wait for their answer.</summary>
internal static class WritesBenchmark
{
    private const int Rounds = 3;

    private static readonly TimeSpan Round = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(8);

    public static async Task RunAsync(string program, SortedDictionary<string, double> figures)
    {
        await using EtcdServer etcd = await EtcdServer.StartAsync();
        await using TriremeServer trireme = await TriremeServer.StartAsync(program);
        MeasuredServer[] servers = [trireme, etcd];
        foreach (MeasuredServer server in servers) await WriteAsync(server, 8, WarmUp);
        Console.WriteLine($"{"clients",8} {"server",8} {"writes/s",10} {"p50 ms",8} {"p99 ms",8} {"CPU us/write",13}");
        foreach (int clients in (int[])[1, 32])
        {
            var results = servers.ToDictionary(static server => server, static _ => new List<Result>());
            for (int round = 0; round < Rounds; round++)
            {
                foreach (MeasuredServer server in servers) results[server].Add(await WriteAsync(server, clients, Round));
            }

            foreach (MeasuredServer server in servers)
            {
                Result median = results[server].OrderBy(static result => result.PerSecond).ElementAt(Rounds / 2);
                Console.WriteLine(
                    $"{clients,8} {server.Name,8} {median.PerSecond,10:0} {median.P50,8:0.00} {median.P99,8:0.00} {median.Processor,13:0}");
                string name = $"{server.Name}_{clients}_";
                figures[name + "per_second"] = Math.Round(median.PerSecond);
                figures[name + "p99_ms"] = Math.Round(median.P99, 2);
                figures[name + "cpu_us_per_write"] = Math.Round(median.Processor);
            }

            double ratio = figures[$"trireme_{clients}_per_second"] / figures[$"etcd_{clients}_per_second"];
            figures[$"ratio_{clients}"] = Math.Round(ratio, 2);
        }
    }

    private static async Task<Result> WriteAsync(MeasuredServer server, int clients, TimeSpan duration)
    {
        TimeSpan before = server.Processor;
        var time = Stopwatch.StartNew();
        Task<List<double>>[] writing = [.. Enumerable.Range(0, clients).Select(_ => Task.Run(() => WriteAsync(server, time, duration)))];
        double[] milliseconds = [.. (await Task.WhenAll(writing)).SelectMany(static times => times).Order()];
        double seconds = time.Elapsed.TotalSeconds;
        double processor = (server.Processor - before).TotalMicroseconds;
        return new Result(
            milliseconds.Length / seconds,
            milliseconds[milliseconds.Length / 2],
            milliseconds[(int)(milliseconds.Length * 0.99)],
            processor / milliseconds.Length);
    }

    private static async Task<List<double>> WriteAsync(MeasuredServer server, Stopwatch time, TimeSpan duration)
    {
        using HttpClient client = server.CreateClient();
        var milliseconds = new List<double>();
        while (time.Elapsed < duration)
        {
            string name = "w-" + Guid.NewGuid().ToString("N");
            byte[] content = TriremeServer.ConfigMap(name);
            long started = Stopwatch.GetTimestamp();
            await server.WriteAsync(client, name, content);
            milliseconds.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        return milliseconds;
    }

    /// <param name="PerSecond">Writes.</param>
    /// <param name="P50">Milliseconds.</param>
    /// <param name="P99">Milliseconds.</param>
    /// <param name="Processor">Microseconds of the server's processor time for each write.</param>
    private sealed record Result(double PerSecond, double P50, double P99, double Processor);
}
