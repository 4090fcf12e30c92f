using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Trireme.ApiServer.Access;
using Trireme.ApiServer.Admission;
using Trireme.ApiServer.GarbageCollection;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Patching.Apply;
using Trireme.ApiServer.Projections;
using Trireme.ApiServer.Quotas;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.ApiServer.Tests.Storage;
using Trireme.ApiServer.Watching;
using Trireme.ApiServer.Workloads;
using Trireme.Contracts.Resources;

namespace Trireme.ApiServer.Tests.Requests;

/// <summary>What a write of a replica's status costs: it is the most frequent write of a running platform.</summary>
public sealed class StatusWriteTests
{
    private const string Replica = """
        {"apiVersion":"trireme.dev/v1alpha1","kind":"ModelReplica","metadata":{"name":"tiny-7d9f5c-0","namespace":"default",
        "labels":{"trireme.dev/service":"tiny","trireme.dev/release":"tiny-v1","trireme.dev/template-hash":"7d9f5c"},
        "ownerReferences":[{"apiVersion":"trireme.dev/v1alpha1","kind":"ModelService","name":"tiny","uid":"6f1c9a52-0000-4000-8000-1",
        "controller":true,"blockOwnerDeletion":true}],"finalizers":["trireme.dev/drain"]},
        "spec":{"service":"tiny","release":"tiny-v1","contentHash":"sha256:0f0f","model":{"uri":"file:///models/tiny"},
        "engine":{"name":"trireme"},"resources":{"memory":"2Gi"},"drainTimeout":"1m"}}
        """;

    private const string StatusFields = """
        {"f:status":{"f:conditions":{"k:{\"type\":\"Ready\"}":{".":{},"f:lastTransitionTime":{},"f:message":{},"f:observedGeneration":{},
        "f:reason":{},"f:status":{},"f:type":{}}},"f:endpoint":{},"f:phase":{},"f:process":{"f:pid":{},"f:startTicks":{}},"f:readyAt":{},
        "f:restarts":{},"f:runtime":{},"f:startup":{"k:{\"stage\":\"warmup\"}":{".":{},"f:seconds":{},"f:stage":{}},
        "k:{\"stage\":\"weights\"}":{".":{},"f:seconds":{},"f:stage":{}}}}}
        """;

    /// <summary>
    /// Bytes on the request's thread for an object of 2.5 kB: 75 kB are measured, of which the trees of the body and of the next
    /// state are the most. A further parse, tree or text of the object is at least 15 kB.
    /// </summary>
    private const long MaxAllocated = 84_000;

    [Fact]
    public async Task A_status_write_parses_validates_and_serialises_once()
    {
        await using World world = await World.StartAsync();
        JsonObject now = await world.CreateAsync();
        long least = long.MaxValue;
        for (int i = 0; i < 100; i++)
        {
            now["status"] = Status(i);
            ApiRequest request = world.Request("PUT", "tiny-7d9f5c-0", "status", now);
            long before = GC.GetAllocatedBytesForCurrentThread();
            Task<ResourceResponse> writing = world.Update.RunAsync(request);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            now = Read(await writing);
        }

        Assert.InRange(least, 1, MaxAllocated);
    }

    [Fact]
    public async Task The_stored_bytes_are_what_watchers_the_answer_and_the_next_reader_get()
    {
        await using World world = await World.StartAsync();
        JsonObject now = await world.CreateAsync();
        using Subscription watch = world.Store.Changes.Subscribe(world.Replicas, "default");
        now["status"] = Status(1);
        var answer = (ObjectResponse)await world.Update.RunAsync(world.Request("PUT", "tiny-7d9f5c-0", "status", now));
        Assert.True(watch.Changes.TryRead(out Change? change));
        StoredObject stored = world.Store.Get(change.Object.Key)!;
        Assert.Same(Bytes(answer.Json), Bytes(change.Object.Json));
        Assert.Same(Bytes(answer.Json), Bytes(stored.Json));
        Assert.Same(stored.Document, change.Object.Document);
        // The database has the same, and what the tree says is what the text says.
        StoredObject durable = world.Store.Read(reader => reader.Get(change.Object.Key))!;
        Assert.Equal(durable.Json.ToArray(), stored.Json.ToArray());
        Assert.True(JsonNode.DeepEquals(durable.Document, stored.Document));
        Assert.Equal(ResourceDocument.ToBytes(durable.Document), stored.Json.ToArray());
    }

    [Fact]
    public async Task The_writer_owns_the_fields_it_wrote_and_the_spec_stays()
    {
        await using World world = await World.StartAsync();
        JsonObject created = await world.CreateAsync();
        JsonObject sent = created.DeepClone().AsObject();
        sent["status"] = Status(1);
        sent["spec"] = new JsonObject { ["service"] = "ignored" };
        JsonObject first = Read(await world.Update.RunAsync(world.Request("PUT", "tiny-7d9f5c-0", "status", sent)));
        Assert.True(JsonNode.DeepEquals(created["spec"], first["spec"]));
        Assert.Equal(1, (int)first["metadata"]!["generation"]!);
        JsonArray owners = first["metadata"]!["managedFields"]!.AsArray();
        Assert.True(JsonNode.DeepEquals(created["metadata"]!["managedFields"]![0], owners[0]));
        Assert.Equal("status", (string?)owners[1]!["subresource"]);
        Assert.Equal(JsonNode.Parse(StatusFields)!.ToJsonString(), owners[1]!["fieldsV1"]!.ToJsonString());

        // The same fields again: their owner's entry stays as it is, also its time.
        world.Time.Advance(TimeSpan.FromHours(1));
        JsonObject next = first.DeepClone().AsObject();
        next["status"]!["restarts"] = 7;
        next["metadata"]!.AsObject().Remove("managedFields");
        JsonObject second = Read(await world.Update.RunAsync(world.Request("PUT", "tiny-7d9f5c-0", "status", next)));
        Assert.Equal(owners.ToJsonString(), second["metadata"]!["managedFields"]!.ToJsonString());

        // A field less, and a field of someone else's.
        next = second.DeepClone().AsObject();
        next["status"]!.AsObject().Remove("readyAt");
        next["status"]!["phase"] = "Draining";
        JsonObject third = Read(await world.Update.RunAsync(world.Request("PUT", "tiny-7d9f5c-0", "status", next, "other/1")));
        JsonNode[] entries = [.. third["metadata"]!["managedFields"]!.AsArray().Select(entry => entry!)];
        JsonObject others = entries.Single(entry => (string?)entry["manager"] == "other")["fieldsV1"]!.AsObject();
        Assert.Equal("""{"f:status":{"f:phase":{}}}""", others.ToJsonString());
        JsonObject left = entries.Single(entry => (string?)entry["manager"] == "trireme-operator" && entry["subresource"] is not null)
            ["fieldsV1"]!["f:status"]!.AsObject();
        Assert.False(left.ContainsKey("f:phase"));
        Assert.False(left.ContainsKey("f:readyAt"));
    }

    [Theory]
    [InlineData(10, 32)]
    [InlineData(2_000_000, 4)]
    [InlineData(3_000_000, 3)]
    public async Task A_write_that_others_come_before_is_tried_as_often_as_its_size_allows(int padding, int tries)
    {
        await using World world = await World.StartAsync();
        await world.CreateAsync();
        ApiRequest request = world.Request("PATCH", "tiny-7d9f5c-0", "status", new JsonObject { ["padding"] = new string('x', padding) });
        Assert.False(WriteOptions.Read(request).Failed(out _, out WriteOptions? options));
        int tried = 0;
        ResourceResponse response = await world.Update.ChangeAsync(request, options, before =>
        {
            world.WriteStatus(++tried);
            JsonObject after = before.DeepClone().AsObject();
            after["status"] = Status(1000);
            return after;
        });
        Assert.Equal((409, tries), (response.Code, tried));
    }

    private static JsonNode Status(int restarts) => JsonNode.Parse($$$"""
        {"conditions":[{"type":"Ready","status":"True","observedGeneration":1,"lastTransitionTime":"2026-11-29T00:00:00Z",
        "reason":"Answering","message":"The engine answers."}],"phase":"Ready","endpoint":"http://127.0.0.1:{{{40000 + restarts}}}",
        "runtime":"process","process":{"pid":{{{1000 + restarts}}},"startTicks":123456},"restarts":{{{restarts}}},
        "startup":[{"stage":"weights","seconds":1.5},{"stage":"warmup","seconds":0.5}],"readyAt":"2026-11-29T00:00:00.000000Z"}
        """)!;

    private static JsonObject Read(ResourceResponse response) =>
        response is ObjectResponse { Code: 200 or 201 } done
            ? JsonNode.Parse(done.Json.Span)!.AsObject()
            : throw new InvalidOperationException(((StatusResponse)response).Status.Message);

    private static byte[] Bytes(ReadOnlyMemory<byte> memory)
    {
        Assert.True(MemoryMarshal.TryGetArray(memory, out ArraySegment<byte> segment));
        return segment.Array!;
    }

    /// <summary>The operations over a store, without a server around them, so that every byte counted is theirs.</summary>
    private sealed class World(StoreHarness harness) : IAsyncDisposable
    {
        public FakeTimeProvider Time { get; } = new();

        public ObjectStore Store => harness.Store;

        public ServedResource Replicas => harness.Resources.Find("modelreplicas.trireme.dev")!;

        public UpdateOperation Update => field ??= new UpdateOperation(
            Store, new ObjectView(Store), Writer, Create, Limits, Fields, new WriteTurns(), Access, new RoleGuard(Access));

        private CreateOperation Create => field ??= new CreateOperation(
            Store, Writer, new ObjectAdmission(Time), Limits, Pods, Quotas, Fields, new RoleGuard(Access));

        private LimitRanges Ranges => field ??= new LimitRanges(new NamespacedIndex<LimitRange>(Store, harness.Resources));

        private PodAdmission Pods => field ??= new PodAdmission(Store, harness.Resources, Ranges, Time);

        private QuotaAdmission Quotas => field ??= new QuotaAdmission(
            QuotaIndex, Ranges, Tally, new QuotaStatuses(Store, QuotaIndex, Tally, new ObjectDeletion(Store, Writer, Time)));

        private QuotaTally Tally => field ??= new QuotaTally(Store, harness.Resources, QuotaIndex);

        private NamespacedIndex<ResourceQuota> QuotaIndex => field ??= new NamespacedIndex<ResourceQuota>(Store, harness.Resources);

        private ApiServerOptions Options { get; } = new() { DatabasePath = "", Authenticators = [] };

        private TenantLimits Limits => field ??= new TenantLimits(Store, harness.Resources, Options);

        private AccessRules Access => field ??= new AccessRules(Options);

        private ObjectWriter Writer => field ??= new ObjectWriter(Store, harness.Resources);

        private FieldManagement Fields => field ??= new FieldManagement(Time);

        public static async Task<World> StartAsync() => new(await StoreHarness.StartAsync());

        public async Task<JsonObject> CreateAsync() =>
            Read(await Create.RunAsync(Request("POST", null, "", JsonNode.Parse(Replica)!.AsObject())));

        /// <summary>Writes a status as someone else would, before the caller goes on.</summary>
        public void WriteStatus(int restarts)
        {
            JsonObject now = Store.Get(new ObjectKey(Replicas, "default", "tiny-7d9f5c-0"))!.ToDocument();
            now["status"] = Status(restarts);
            Read(Update.RunAsync(Request("PUT", "tiny-7d9f5c-0", "status", now, "other/1")).GetAwaiter().GetResult());
        }

        public ApiRequest Request(string method, string? name, string subresource, JsonObject body, string agent = "trireme-operator/1")
        {
            byte[] bytes = Encoding.UTF8.GetBytes(body.ToJsonString());
            var http = new DefaultHttpContext();
            http.Request.Method = method;
            http.Request.ContentType = "application/json";
            http.Request.ContentLength = bytes.Length;
            http.Request.Body = new MemoryStream(bytes);
            http.Request.Headers.UserAgent = agent;
            return new ApiRequest { Http = http, Resource = Replicas, Namespace = "default", Name = name, Subresource = subresource };
        }

        public ValueTask DisposeAsync() => harness.DisposeAsync();
    }
}
