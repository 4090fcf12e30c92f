using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Trireme.ApiServer.Admission;
using Trireme.ApiServer.Patching.Apply;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Tests.Storage;
using Trireme.Contracts.Schema;

namespace Trireme.ApiServer.Tests.Requests;

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

    [Fact]
    public async Task Measure()
    {
        await using StoreHarness harness = await StoreHarness.StartAsync();
        ServedResource replicas = harness.Resources.Find("modelreplicas.trireme.dev")!;
        var time = new FakeTimeProvider();
        var admission = new ObjectAdmission(time);
        var fields = new FieldManagement(time);
        var writer = new ObjectWriter(harness.Store, harness.Resources);
        var create = new CreateOperation(harness.Store, writer, admission, fields);
        var update = new UpdateOperation(harness.Store, writer, fields);
        ResourceResponse made = await create.RunAsync(Request(replicas, null, "", JsonNode.Parse(Replica)!.AsObject()));
        JsonObject now = JsonNode.Parse(((ObjectResponse)made).Json.Span)!.AsObject();

        long least = long.MaxValue, total = long.MaxValue;
        for (int i = 0; i < 300; i++)
        {
            now["status"] = JsonNode.Parse($$$"""
                {"conditions":[{"type":"Ready","status":"True","observedGeneration":1,"lastTransitionTime":"2026-11-29T00:00:00Z",
                "reason":"Answering","message":"The engine answers."}],"phase":"Ready","endpoint":"http://127.0.0.1:{{{40000 + i}}}",
                "runtime":"process","process":{"pid":{{{1000 + i}}},"startTicks":123456},"restarts":{{{i}}},
                "startup":[{"stage":"weights","seconds":1.5},{"stage":"warmup","seconds":0.5}],"readyAt":"2026-11-29T00:00:00.000000Z"}
                """);
            ApiRequest request = Request(replicas, "tiny-7d9f5c-0", "status", now);
            long t0 = GC.GetTotalAllocatedBytes(true);
            long before = GC.GetAllocatedBytesForCurrentThread();
            Task<ResourceResponse> writing = update.RunAsync(request);
            long spent = GC.GetAllocatedBytesForCurrentThread() - before;
            ResourceResponse response = await writing;
            Assert.Equal(200, response.Code);
            total = Math.Min(total, GC.GetTotalAllocatedBytes(true) - t0);
            least = Math.Min(least, spent);
            now = JsonNode.Parse(((ObjectResponse)response).Json.Span)!.AsObject();
        }

        Console.WriteLine(now.ToJsonString());
        Console.WriteLine($"request thread {least} B, process {total} B, object {now.ToJsonString().Length} B");
    }

    private static ApiRequest Request(ServedResource resource, string? name, string subresource, JsonObject body)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(body.ToJsonString());
        var http = new DefaultHttpContext();
        http.Request.Method = name is null ? "POST" : "PUT";
        http.Request.ContentType = "application/json";
        http.Request.ContentLength = bytes.Length;
        http.Request.Body = new MemoryStream(bytes);
        http.Request.Headers.UserAgent = "trireme-operator/1.0";
        return new ApiRequest { Http = http, Resource = resource, Namespace = "default", Name = name, Subresource = subresource };
    }
}
