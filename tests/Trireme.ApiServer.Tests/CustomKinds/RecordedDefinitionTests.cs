using System.Text.Json.Nodes;
using Trireme.ApiServer.Tests.Serving;
using Trireme.Testing;
using static Trireme.ApiServer.Tests.Serving.Objects;

namespace Trireme.ApiServer.Tests.CustomKinds;

/// <summary>
/// The same requests as were sent to a real Kubernetes API server, with the same status, message and causes. What is said there of rules in
/// CEL is left out: those are refused here.
/// </summary>
public sealed class RecordedDefinitionTests(CustomKindServer server) : IClassFixture<CustomKindServer>
{
    private const string Rules = "x-kubernetes-validations";

    /// <summary>What is another answer here on purpose.</summary>
    private static readonly string[] Different =
        ["CEL rule", "CEL does not compile", "CEL cost", "no protobuf", "no strategic merge", "no resourceVersion"];

    [Fact]
    public async Task Answers_are_those_of_kubernetes()
    {
        string? path = Fixtures.Find("recorded/kubernetes/crd-exchanges.jsonl");
        Assert.SkipWhen(path is null, "The recorded answers are not on this machine.");
        await server.Api.PostAsync("/api/v1/namespaces", Meta("v1", "Namespace", "rec-c"));
        var differences = new List<string>();
        int compared = 0;
        await foreach (string line in File.ReadLinesAsync(path!, TestContext.Current.CancellationToken))
        {
            JsonObject exchange = Map(line);
            string note = (string)exchange["note"]!;
            if (Different.Contains(note)) continue;
            JsonObject request = exchange["request"]!.AsObject();
            RemoveRules(request["body"]);
            if (note == "established") await new TestKind(server.Api, Recorded()).UntilAsync("Established", "True");
            (int code, string text, var headers) = await SendAsync(request);
            JsonObject recorded = exchange["response"]!.AsObject();
            string warning = headers.TryGetValues("Warning", out IEnumerable<string>? found) ? string.Join(',', found) : "";
            string expected = Shown((int)recorded["status"]!, recorded["body"]!.AsObject(), (string?)recorded["headers"]!["warning"] ?? "");
            string actual = Shown(code, Map(text), warning);
            compared++;
            if (expected != actual) differences.Add($"{note}:\n  expected {expected}\n  actual   {actual}");
        }

        Assert.True(differences.Count == 0, string.Join("\n", differences));
        Assert.True(compared >= 12, $"only {compared} answers were compared");
    }

    private static JsonObject Recorded()
    {
        JsonObject definition = CustomKindServer.Definition("widgets");
        definition["spec"]!["group"] = "rec.example.com";
        return definition;
    }

    private Task<(int Code, string Text, System.Net.Http.Headers.HttpResponseHeaders Headers)> SendAsync(JsonObject request)
    {
        JsonObject headers = request["headers"]!.AsObject();
        return server.Api.SendTextAsync(
            new HttpMethod((string)request["method"]!),
            (string)request["path"]!,
            request["body"]?.ToJsonString(),
            (string?)headers["Content-Type"] ?? "application/json",
            (string?)headers["Accept"]);
    }

    /// <summary>What clients go by: of a refusal the causes, of an object what it holds, of a table its columns and cells.</summary>
    private static string Shown(int code, JsonObject body, string warning)
    {
        string shown = (string?)body["kind"] switch
        {
            "Status" when code == 422 => string.Join('\n', body["details"]!["causes"]!.AsArray()
                .Where(static cause => (string?)cause!["field"] != "<nil>")
                .Select(static cause => $"{cause!["field"]} {cause["reason"]} {cause["message"]}")
                .Order(StringComparer.Ordinal)),
            "Status" => $"{body["reason"]} {((string?)body["message"])?.Split(';')[0]}",
            "Table" => string.Join(' ', body["columnDefinitions"]!.AsArray().Select(static column => $"{column!["name"]}:{column["type"]}"))
                + body["rows"]![0]!["cells"]!.ToJsonString(),
            "PartialObjectMetadataList" => string.Join(' ', body["items"]!.AsArray().Select(static item => item!["metadata"]!["name"])),
            "CustomResourceDefinition" => Sorted(body["spec"]!["names"]) + body["status"]?["storedVersions"]?.ToJsonString()
                + body["metadata"]!["finalizers"]?.ToJsonString() + body["metadata"]!["generation"],
            _ => Sorted(body["spec"]) + Sorted(body["status"]) + body["metadata"]!["generation"],
        };
        return $"{code} {shown} {warning}";
    }

    private static string Sorted(JsonNode? map) => map is not JsonObject members ? "" : new JsonObject(members
        .OrderBy(static member => member.Key, StringComparer.Ordinal)
        .Select(static member => KeyValuePair.Create(member.Key, member.Value?.DeepClone()))).ToJsonString();

    private static void RemoveRules(JsonNode? node, int depth = 0)
    {
        if (node is JsonObject map)
        {
            map.Remove(Rules);
            foreach ((_, JsonNode? member) in map) RemoveRules(member, depth + 1);
        }
        else if (node is JsonArray list)
        {
            foreach (JsonNode? item in list) RemoveRules(item, depth + 1);
        }
    }
}
