using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Trireme.ApiServer.Security;
using Trireme.ApiServer.Tests.Serving;
using Trireme.Testing;

namespace Trireme.ApiServer.Tests.GarbageCollection;

/// <summary>A server in a process of its own is killed while its collector works, again and again.</summary>
public sealed class CollectorCrashTests
{
    private const int Kills = 5;
    private const int Size = 7;

    private static readonly string[] Policies = ["Background", "Foreground", "Orphan"];

    [Fact]
    public async Task A_killed_collector_goes_on_where_the_rules_lead()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(20_261_129);
        ImmutableSortedDictionary<string, OwnedObject> state = OwnershipModel.Of([]);
        for (int kill = 0; kill < Kills; kill++)
        {
            IReadOnlyList<ImmutableSortedDictionary<string, OwnedObject>> starts;
            string what = "";
            using (ServerProcess server = Start(folder.Path))
            {
                using Api api = await ConnectAsync(folder, server);
                if (kill == 0)
                {
                    foreach (string name in (string[])["one", "two"])
                    {
                        await api.PostAsync("/api/v1/namespaces", Objects.Meta("v1", "Namespace", name));
                    }
                }

                await PlantAsync(api, random, kill);
                state = await SettledAsync(api);
                (what, starts) = await DeleteUntilDeadAsync(api, state, random, server);
            }

            using ServerProcess next = Start(folder.Path);
            using Api after = await ConnectAsync(folder, next);
            ImmutableSortedDictionary<string, OwnedObject> end = await SettledAsync(after);
            IReadOnlyList<string> ends = [.. starts.SelectMany(OwnershipModel.Ends).Distinct()];
            Assert.True(
                ends.Contains(OwnershipModel.Text(end)),
                $"kill {kill}: {what}, from:\n{OwnershipModel.Text(state)}\nended at:\n{OwnershipModel.Text(end)}\n"
                + $"but the rules lead to:\n{string.Join("\nor:\n", ends)}");
            await ClearAsync(after, end);
        }
    }

    private static async Task PlantAsync(Api api, Random random, int round)
    {
        IReadOnlyList<PlannedObject> planned =
            RandomGraph.Make(random, ["ConfigMap", "Secret", "ConfigMap"], Size, _ => true);
        var uids = new Dictionary<string, string>();
        foreach (PlannedObject thing in planned)
        {
            JsonObject made = await api.PostAsync(Collection(thing), Objects.Meta("v1", thing.Kind, $"{thing.Name}-{round}"));
            uids[(string)thing.Metadata["uid"]!] = made.Uid();
        }

        foreach (PlannedObject thing in planned)
        {
            JsonObject metadata = thing.Metadata.DeepClone().AsObject();
            metadata.Remove("uid");
            foreach (JsonNode? owner in metadata["ownerReferences"] as JsonArray ?? [])
            {
                owner!["uid"] = uids.GetValueOrDefault((string)owner["uid"]!, "uid-never");
                owner["name"] = $"{owner["name"]}-{round}";
            }

            // Some are collected before all are there.
            string body = new JsonObject { ["metadata"] = metadata }.ToJsonString();
            (int code, string text, _) = await api.SendTextAsync(
                HttpMethod.Patch, $"{Collection(thing)}/{thing.Name}-{round}", body, "application/merge-patch+json");
            Assert.True(code is 200 or 404 or 422, text);
        }
    }

    /// <summary>Deletes one object and kills the server around that: what may have been the state to go on from.</summary>
    private static async Task<(string What, IReadOnlyList<ImmutableSortedDictionary<string, OwnedObject>> Starts)> DeleteUntilDeadAsync(
        Api api, ImmutableSortedDictionary<string, OwnedObject> state, Random random, ServerProcess server)
    {
        if (state.IsEmpty)
        {
            server.Dispose();
            return ("nothing to delete", [state]);
        }

        OwnedObject target = state.Values.ElementAt(random.Next(state.Count));
        string policy = Policies[random.Next(Policies.Length)];
        string? finalizer = policy switch
        {
            "Orphan" => OwnershipModel.Orphan,
            "Foreground" => OwnershipModel.Foreground,
            _ => null,
        };
        string path = $"/api/v1/namespaces/{target.Namespace}/{target.Kind.ToLowerInvariant()}s/{target.Name}?propagationPolicy={policy}";
        ImmutableSortedDictionary<string, OwnedObject> deleted = OwnershipModel.Delete(state, target.Place, finalizer);
        Task<JsonObject> deletion = api.DeleteAsync(path);
        bool acknowledged = random.Next(3) > 0;
        if (acknowledged) await deletion;

        // The collector's steps take a millisecond or so each.
        var spent = Stopwatch.StartNew();
        double pause = random.NextDouble() * 8;
        while (spent.Elapsed.TotalMilliseconds < pause) Thread.SpinWait(50);
        server.Dispose();
        if (!acknowledged)
        {
            try
            {
                await deletion;
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException)
            {
                // It may have been done or not.
            }
        }

        return ($"{policy} deletion of {target.Place}", acknowledged ? [deleted] : [state, deleted]);
    }

    private static async Task<ImmutableSortedDictionary<string, OwnedObject>> SettledAsync(Api api)
    {
        await Eventually.True("the collector has nothing left to do", TimeSpan.FromSeconds(30), async () =>
        {
            string page = (await api.SendTextAsync(HttpMethod.Get, "/metrics", null)).Text;
            return Value(page, "trireme_apiserver_collector_revision") == Value(page, "trireme_apiserver_store_revision");
        }, TestContext.Current.CancellationToken);
        var objects = new List<OwnedObject>();
        foreach ((string plural, string kind) in ((string, string)[])[("configmaps", "ConfigMap"), ("secrets", "Secret")])
        {
            objects.AddRange(await ListAsync(api, plural, kind));
        }

        return OwnershipModel.Of(objects);
    }

    private static async Task<IEnumerable<OwnedObject>> ListAsync(Api api, string plural, string kind)
    {
        JsonObject list = await api.GetAsync($"/api/v1/{plural}");
        return list["items"]!.AsArray().Select(item =>
        {
            JsonObject document = item!.AsObject();
            document["kind"] ??= kind;
            return OwnedObject.Of(document);
        });
    }

    private static async Task ClearAsync(Api api, ImmutableSortedDictionary<string, OwnedObject> state)
    {
        foreach (OwnedObject left in state.Values)
        {
            string path = $"/api/v1/namespaces/{left.Namespace}/{left.Kind.ToLowerInvariant()}s/{left.Name}";
            await api.SendTextAsync(
                HttpMethod.Patch, path, """{"metadata":{"finalizers":null}}""", "application/merge-patch+json");
            await api.SendTextAsync(HttpMethod.Delete, path, null);
        }
    }

    private static string Collection(PlannedObject thing) =>
        $"/api/v1/namespaces/{thing.Namespace}/{thing.Kind.ToLowerInvariant()}s";

    private static long Value(string page, string metric) => long.Parse(
        Regex.Match(page, $"^{metric} (\\d+)$", RegexOptions.Multiline).Groups[1].Value, CultureInfo.InvariantCulture);

    private static ServerProcess Start(string folder) => new(Process.Start(
        new ProcessStartInfo(Environment.ProcessPath!, [Program.ServeCommand, folder, "0"]) { RedirectStandardOutput = true })!);

    private static async Task<Api> ConnectAsync(TemporaryFolder folder, ServerProcess server)
    {
        string address = await server.Output.ReadLineAsync(TestContext.Current.CancellationToken)
            ?? throw new InvalidOperationException("The server did not start.");
        using ServerCertificate certificate = ServerCertificate.LoadOrCreate(folder.File("pki"), TimeProvider.System);
        X509Certificate2 authority = X509CertificateLoader.LoadCertificate(certificate.Authority.RawData);
        string token = await File.ReadAllTextAsync(folder.File("token"), TestContext.Current.CancellationToken);
        return new Api(new HttpClient(
            new SocketsHttpHandler { SslOptions = { CertificateChainPolicy = ServerCertificate.Trust(authority) } })
        {
            BaseAddress = new Uri(address),
            DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
        });
    }

    /// <summary>A server that dies without warning when it is disposed of, also with a test that fails.</summary>
    private sealed class ServerProcess(Process process) : IDisposable
    {
        private bool _dead;

        public StreamReader Output => process.StandardOutput;

        public void Dispose()
        {
            if (_dead) return;
            _dead = true;
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }
    }
}
