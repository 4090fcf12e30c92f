using System.Text;

namespace Trireme.ApiServer.Benchmarks;

/// <summary>What one more Pod costs in a full namespace, without a quota, with one, and with a quota and a disruption budget.</summary>
internal static class QuotaBenchmark
{
    private const int Creators = 32;
    private const int Rounds = 3;
    private const int PodsPerRound = 40;

    /// <summary>How long controllers may go on with what a round has left them; their time is that of the creations.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(1);

    private static readonly (string Namespace, string[] Rules)[] Cases =
    [
        ("plain", []),
        ("quota", [Quota]),
        ("quota_and_budget", [Quota, Budget]),
    ];

    private const string Quota = """
        /api/v1 resourcequotas {"metadata":{"name":"q"},"spec":{"hard":{"pods":"100k","requests.cpu":"100k","count/configmaps":"10"}}}
        """;

    private const string Budget = """
        /apis/policy/v1 poddisruptionbudgets {"metadata":{"name":"b"},"spec":{"minAvailable":1,"selector":{"matchLabels":{"app":"a"}}}}
        """;

    public static async Task RunAsync(string program, int count, SortedDictionary<string, double> figures)
    {
        await using TriremeServer server = await TriremeServer.StartAsync(program);
        using HttpClient client = server.CreateClient();
        foreach ((string name, string[] rules) in Cases)
        {
            string @namespace = NameOf(name);
            await PostAsync(client, "/api/v1/namespaces", $$"""{"metadata":{"name":"{{@namespace}}"} }""");
            await FillAsync(server, @namespace, count);
            foreach (string rule in rules)
            {
                string[] parts = rule.Split(' ', 3);
                await PostAsync(client, $"{parts[0]}/namespaces/{@namespace}/{parts[1]}", parts[2]);
            }
        }

        var costs = Cases.ToDictionary(static one => one.Namespace, static _ => new List<double>());
        for (int round = -1; round < Rounds; round++)
        {
            foreach ((string name, _) in Cases)
            {
                double cost = await MeasureAsync(server, client, NameOf(name), round + 1);
                if (round >= 0) costs[name].Add(cost);
            }
        }

        foreach ((string name, List<double> measured) in costs)
        {
            double median = measured.Order().ElementAt(Rounds / 2);
            figures[$"{name}_cpu_us"] = Math.Round(median);
            Console.WriteLine($"{name,17}: {median,8:0} us of the server's processor time for each Pod beside {count} others");
        }

        foreach ((string name, _) in Cases[1..])
        {
            figures[$"{name}_more_us"] = figures[$"{name}_cpu_us"] - figures["plain_cpu_us"];
        }
    }

    private static string NameOf(string name) => name.Replace('_', '-');

    private static async Task<double> MeasureAsync(TriremeServer server, HttpClient client, string @namespace, int round)
    {
        await Task.Delay(Settling, TimeProvider.System);
        TimeSpan before = server.Processor;
        for (int i = 0; i < PodsPerRound; i++) await CreateAsync(client, @namespace, $"more-{round}-{i}");
        await Task.Delay(Settling, TimeProvider.System);
        return (server.Processor - before).TotalMicroseconds / PodsPerRound;
    }

    private static async Task FillAsync(TriremeServer server, string @namespace, int count)
    {
        int next = -1;
        await Task.WhenAll(Enumerable.Range(0, Creators).Select(_ => Task.Run(async () =>
        {
            using HttpClient client = server.CreateClient();
            for (int i; (i = Interlocked.Increment(ref next)) < count;) await CreateAsync(client, @namespace, $"pod-{i}");
        })));
    }

    private static Task CreateAsync(HttpClient client, string @namespace, string name) => PostAsync(
        client,
        $"/api/v1/namespaces/{@namespace}/pods",
        $$$"""
        {"metadata":{"name":"{{{name}}}","labels":{"app":"a"} },"spec":{"containers":[{"name":"c","image":"example.com/c:1",
        "resources":{"requests":{"cpu":"100m","memory":"64Mi"},"limits":{"memory":"64Mi"} } }]} }
        """);

    private static async Task PostAsync(HttpClient client, string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await client.PostAsync(new Uri(path, UriKind.Relative), content);
        if (response.IsSuccessStatusCode) return;
        throw new InvalidOperationException($"{path} was answered {await response.Content.ReadAsStringAsync()}");
    }
}
