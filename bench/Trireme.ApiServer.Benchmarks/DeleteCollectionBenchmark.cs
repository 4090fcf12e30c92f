using System.Diagnostics;
using System.Text;

namespace Trireme.ApiServer.Benchmarks;

/// <summary>One request that deletes very many objects, while other clients read one object and write another.</summary>
internal static class DeleteCollectionBenchmark
{
    private const int Creators = 32;

    private static readonly TimeSpan Before = TimeSpan.FromSeconds(5);

    public static async Task RunAsync(string program, int count, SortedDictionary<string, double> figures)
    {
        await using TriremeServer server = await TriremeServer.StartAsync(program);
        await CreateAsync(server, count);
        using HttpClient client = server.CreateClient();
        await server.WriteAsync(client, "bystander", TriremeServer.ConfigMap("bystander"));

        using var quiet = new CancellationTokenSource(Before);
        Report("before", await BystandAsync(server, quiet.Token), figures);
        using var deleting = new CancellationTokenSource();
        Task<Bystanders> bystanders = BystandAsync(server, deleting.Token);
        var time = Stopwatch.StartNew();
        using var request = new HttpRequestMessage(HttpMethod.Delete, TriremeServer.ConfigMaps + "?labelSelector=bulk");
        using (HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead))
        {
            response.EnsureSuccessStatusCode();
            await response.Content.CopyToAsync(Stream.Null);
        }

        figures["seconds"] = Math.Round(time.Elapsed.TotalSeconds, 1);
        await deleting.CancelAsync();
        Console.WriteLine($"{count} objects deleted by one request in {figures["seconds"]} s.");
        Report("meanwhile", await bystanders, figures);
    }

    private static async Task CreateAsync(TriremeServer server, int count)
    {
        int next = -1;
        await Task.WhenAll(Enumerable.Range(0, Creators).Select(_ => Task.Run(async () =>
        {
            using HttpClient client = server.CreateClient();
            for (int i; (i = Interlocked.Increment(ref next)) < count;)
            {
                string body = $$"""{"metadata":{"name":"bulk-{{i}}","labels":{"bulk":"yes"} },"data":{"text":"{{i}}"} }""";
                await server.WriteAsync(client, $"bulk-{i}", Encoding.UTF8.GetBytes(body));
            }
        })));
    }

    private static async Task<Bystanders> BystandAsync(TriremeServer server, CancellationToken until)
    {
        const string Own = TriremeServer.ConfigMaps + "/bystander";
        Task<List<double>> reads = RepeatAsync(server, static client => client.GetAsync(Own), until);
        Task<List<double>> writes = RepeatAsync(server, static client => client.PatchAsync(Own, Patch()), until);
        return new Bystanders(await reads, await writes);

        static HttpContent Patch()
        {
            var content = new StringContent($$"""{"data":{"at":"{{Stopwatch.GetTimestamp()}}"} }""");
            content.Headers.ContentType = new("application/merge-patch+json");
            return content;
        }
    }

    private static async Task<List<double>> RepeatAsync(
        TriremeServer server, Func<HttpClient, Task<HttpResponseMessage>> ask, CancellationToken until)
    {
        using HttpClient client = server.CreateClient();
        var milliseconds = new List<double>();
        while (!until.IsCancellationRequested)
        {
            long started = Stopwatch.GetTimestamp();
            using (HttpResponseMessage response = await ask(client)) response.EnsureSuccessStatusCode();
            milliseconds.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, CancellationToken.None);
        }

        milliseconds.Sort();
        return milliseconds;
    }

    private static void Report(string when, Bystanders seen, SortedDictionary<string, double> figures)
    {
        (string, List<double>)[] kinds = [("reads", seen.Reads), ("writes", seen.Writes)];
        foreach ((string what, List<double> times) in kinds)
        {
            double p50 = times[times.Count / 2];
            double p99 = times[(int)(times.Count * 0.99)];
            Console.WriteLine($"{when,10}: {times.Count} {what} by others, p50 {p50:0.0} ms, p99 {p99:0.0} ms, most {times[^1]:0.0} ms");
            figures[$"{when}_{what}_p99_ms"] = Math.Round(p99, 1);
            figures[$"{when}_{what}_max_ms"] = Math.Round(times[^1], 1);
        }
    }

    private sealed record Bystanders(List<double> Reads, List<double> Writes);
}
