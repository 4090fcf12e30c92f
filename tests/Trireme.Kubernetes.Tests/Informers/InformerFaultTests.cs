using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Trireme.Contracts.Resources;
using Trireme.Testing;

namespace Trireme.Kubernetes.Tests.Informers;

/// <summary>Informers over a connection on which watches break, stall, repeat, come late and expire.</summary>
public sealed class InformerFaultTests
{
    [Fact]
    public void Whatever_happens_to_its_watches_the_copy_ends_as_the_server_has_it_and_no_change_is_skipped() =>
        Seeds.Run(1, 150, seed => Follow(seed, new FaultWorld(seed, rate: 0.25)));

    [Fact]
    public void A_watch_that_says_nothing_more_is_given_up_and_nothing_is_missed()
    {
        using var world = new FaultWorld(1, rate: 1, Enum.GetValues<Fault>().Where(fault => fault != Fault.WatchStall));
        world.Start();
        world.Create("a");
        world.Driver.RunUntil("the list shows it", () => world.Informer.Snapshot.Count == 1);
        world.Create("b");
        world.Driver.AdvanceBy(TimeSpan.FromSeconds(1));
        world.Plan.CalmAt = world.Driver.Now;
        world.Driver.RunUntil("the second is seen", () => world.Informer.Snapshot.Count == 2, TimeSpan.FromMinutes(10));
    }

    private static void Follow(int seed, FaultWorld world)
    {
        using (world)
        {
            world.Start();
#pragma warning disable CA5394 // Reproducible by intent.
            var deeds = new Random(seed);
            for (int i = 0; i < 40; i++)
            {
                world.Do(deeds.Next(3), $"m{deeds.Next(6)}");
                if (deeds.Next(8) == 0) world.Api.Compact();
                world.Driver.AdvanceBy(TimeSpan.FromMilliseconds(deeds.Next(3000)));
            }
#pragma warning restore CA5394

            world.Plan.CalmAt = world.Driver.Now;
            world.Driver.RunUntil("the copy is the server's", world.IsTheSame, TimeSpan.FromMinutes(15));
        }
    }

    private sealed class FaultWorld : IDisposable
    {
        private readonly FaultyApi _connection;
        private readonly CancellationTokenSource _stop = new();
        private readonly Dictionary<string, ConfigMap> _told = [];
        private int _values;

        public FaultWorld(int seed, double rate, IEnumerable<Fault>? spared = null)
        {
            Plan = new FaultPlan(seed, Driver.Time) { Rate = rate, Spared = [.. spared ?? []] };
            Api = new MemoryApi(Driver.Time);
            _connection = new FaultyApi(Api, Plan, Driver.Time);
            Informer = new Informer<ConfigMap>(_connection.Of<ConfigMap>(), NullLogger<Informer<ConfigMap>>.Instance, Driver.Time);
            Informer.Replaced += (before, after) =>
            {
                // Each announcement goes on where the one before it ended.
                string name = (after ?? before)!.Metadata.Name;
                Assert.Same(_told.GetValueOrDefault(name), before);
                if (after is null) _told.Remove(name);
                else _told[name] = after;
            };
        }

        public TimeDriver Driver { get; } = new();

        public FaultPlan Plan { get; }

        public MemoryApi Api { get; }

        public Informer<ConfigMap> Informer { get; }

        public void Start() => Driver.Start(() => Informer.RunAsync(_stop.Token));

        public void Create(string name) => Do(0, name);

        public void Do(int kind, string name)
        {
            var key = new ResourceKey("default", name);
            IResourceClient<ConfigMap> client = Api.Of<ConfigMap>();
            ConfigMap? present = Api.Find<ConfigMap>(key);
            if (present is null) Driver.Await(() => client.CreateAsync(new ConfigMap { Metadata = Named(name), Data = Next() }));
            else if (kind == 0) Driver.Await(() => client.DeleteAsync(key));
            else Driver.Await(() => client.ReplaceAsync(present with { Data = Next() }));
        }

        public bool IsTheSame()
        {
            IReadOnlyList<ConfigMap> there = Api.All<ConfigMap>();
            return there.SequenceEqual(Informer.Snapshot.Items) && there.SequenceEqual(_told.Values.OrderBy(map => map.Metadata.Name));
        }

        public void Dispose()
        {
            _stop.Cancel();
            Driver.RunUntilIdle();
            _connection.Dispose();
            Driver.Dispose();
            _stop.Dispose();
        }

        private static ObjectMeta Named(string name) => new() { Name = name, Namespace = "default" };

        private Dictionary<string, string> Next() => new() { ["value"] = (++_values).ToString(CultureInfo.InvariantCulture) };
    }
}
