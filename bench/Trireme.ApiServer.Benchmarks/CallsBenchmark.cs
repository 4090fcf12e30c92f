using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

namespace Trireme.ApiServer.Benchmarks;

/// <summary>What each kind of call costs in the server's processor time, beside another build of it.</summary>
internal static class CallsBenchmark
{
    private const int Rounds = 5;
    private const int Clients = 4;
    private const int Objects = 5000;

    /// <summary>Objects of one label.</summary>
    private const int Labelled = 63;

    private const int Watchers = 8;

    private static readonly string Text = new('x', 900);

    private static readonly TimeSpan Round = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(6);

    private static readonly (string Name, Func<Caller, Task> Make)[] Calls =
    [
        ("get", static caller => caller.GetAsync($"{TriremeServer.ConfigMaps}/o-{caller.Next() % Objects}")),
        ("list a page of 64", static caller => caller.GetAsync($"{TriremeServer.ConfigMaps}?limit=64")),
        ("list 63 by label", static caller => caller.GetAsync($"{TriremeServer.ConfigMaps}?labelSelector=group%3Dchosen")),
        ("create", static caller => caller.SendAsync(HttpMethod.Post, TriremeServer.ConfigMaps, "application/json", Caller.New())),
        ("patch", static caller => caller.SendAsync(
            HttpMethod.Patch, $"{TriremeServer.ConfigMaps}/o-{caller.Number}", "application/merge-patch+json", caller.Change())),
    ];

    public static async Task RunAsync(string program, string other, SortedDictionary<string, double> figures)
    {
        await using TriremeServer now = await TriremeServer.StartAsync(program);
        await using TriremeServer before = await TriremeServer.StartAsync(other);
        TriremeServer[] servers = [before, now];
        foreach (TriremeServer server in servers) await FillAsync(server);
        Console.WriteLine($"{"microseconds of processor",-26} {"before",8} {"now",8} {"ratio",6}");
        foreach ((string name, Func<Caller, Task> make) in Calls) await CompareAsync(name, servers, make, figures);

        using var watching = new CancellationTokenSource();
        Task[] watches = [.. servers.SelectMany(server => Enumerable.Range(0, Watchers).Select(_ => WatchAsync(server, watching.Token)))];
        await CompareAsync($"patch, {Watchers} watchers", servers, Calls[^1].Make, figures);
        await watching.CancelAsync();
        await Task.WhenAll(watches);
    }

    private static async Task CompareAsync(
        string name, TriremeServer[] servers, Func<Caller, Task> make, SortedDictionary<string, double> figures)
    {
        foreach (TriremeServer server in servers) await MeasureAsync(server, make, WarmUp);
        List<double>[] costs = [[], []];
        for (int round = 0; round < Rounds; round++)
        {
            for (int i = 0; i < servers.Length; i++) costs[i].Add(await MeasureAsync(servers[i], make, Round));
        }

        (double before, double now) = (Median(costs[0]), Median(costs[1]));
        double ratio = Median([.. costs[1].Zip(costs[0], static (now, before) => now / before)]);
        Console.WriteLine($"{name,-26} {before,8:0} {now,8:0} {ratio,6:0.00}");
        figures[$"{name}, before"] = Math.Round(before);
        figures[$"{name}, now"] = Math.Round(now);
        figures[$"{name}, ratio"] = Math.Round(ratio, 2);
    }

    /// <returns>Microseconds of the server's processor time for a call.</returns>
    private static async Task<double> MeasureAsync(TriremeServer server, Func<Caller, Task> make, TimeSpan duration)
    {
        TimeSpan before = server.Processor;
        var time = Stopwatch.StartNew();
        int[] counts = await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => Task.Run(async () =>
        {
            using var caller = new Caller(server, client);
            int count = 0;
            for (; time.Elapsed < duration; count++) await make(caller);
            return count;
        })));
        return (server.Processor - before).TotalMicroseconds / counts.Sum();
    }

    private static async Task FillAsync(TriremeServer server)
    {
        await Task.WhenAll(Enumerable.Range(0, 32).Select(async part =>
        {
            using var caller = new Caller(server, part);
            for (int i = part; i < Objects; i += 32)
            {
                string group = i % (Objects / Labelled) == 0 && i / (Objects / Labelled) < Labelled ? "chosen" : "others";
                string labels = $$"""{"group":"{{group}}"}""";
                string body = $$$"""{"metadata":{"name":"o-{{{i}}}","labels":{{{labels}}}},"data":{"text":"{{{Text}}}"}}""";
                await caller.SendAsync(HttpMethod.Post, TriremeServer.ConfigMaps, "application/json", body);
            }
        }));
    }

    private static async Task WatchAsync(TriremeServer server, CancellationToken cancellationToken)
    {
        using HttpClient client = server.CreateClient();
        try
        {
            await using Stream events = await client.GetStreamAsync(
                new Uri($"{TriremeServer.ConfigMaps}?watch=true&resourceVersion=0", UriKind.Relative), cancellationToken);
            byte[] buffer = new byte[1 << 16];
            while (await events.ReadAsync(buffer, cancellationToken) > 0)
            {
                // Only that they are sent costs the server.
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The end of the round.
        }
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    /// <summary>One client with a connection of its own.</summary>
    private sealed class Caller(TriremeServer server, int client) : IDisposable
    {
        private static int _made;

        private readonly HttpClient _http = server.CreateClient();
        private int _count = client * (Objects / Clients);

        /// <summary>An object that no other client changes.</summary>
        public int Number => (client * (Objects / Clients)) + (Next() % (Objects / Clients));

        public int Next() => _count++;

        public static string New() => Encoding.UTF8.GetString(TriremeServer.ConfigMap($"n-{Interlocked.Increment(ref _made)}"));

        public string Change() => $$$"""{"data":{"number":"{{{Next().ToString(CultureInfo.InvariantCulture)}}}"}}""";

        public async Task GetAsync(string path)
        {
            using HttpResponseMessage response = await _http.GetAsync(new Uri(path, UriKind.Relative));
            await response.EnsureSuccessStatusCode().Content.LoadIntoBufferAsync();
        }

        public async Task SendAsync(HttpMethod method, string path, string type, string body)
        {
            using var content = new StringContent(body);
            content.Headers.ContentType = new MediaTypeHeaderValue(type);
            using var request = new HttpRequestMessage(method, path) { Content = content };
            using HttpResponseMessage response = await _http.SendAsync(request);
            response.EnsureSuccessStatusCode();
        }

        public void Dispose() => _http.Dispose();
    }
}
