using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Contracts.Migrations;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Tests.Migrations;

public sealed class ObjectMigrationTests
{
    private const string Replica = """
        {"apiVersion":"trireme.dev/v1alpha1","kind":"ModelReplica",
        "metadata":{"name":"tiny-0","namespace":"default","uid":"u","resourceVersion":"7","managedFields":[
        {"manager":"trireme-operator","operation":"Update","apiVersion":"trireme.dev/v1alpha1","fieldsType":"FieldsV1","fieldsV1":
        {"f:spec":{"f:contentHash":{},"f:draftModelPath":{},"f:modelPath":{},"f:release":{},"f:service":{}}}},
        {"manager":"trireme-operator","operation":"Update","apiVersion":"trireme.dev/v1alpha1","fieldsType":"FieldsV1","fieldsV1":
        {"f:status":{"f:phase":{},"f:process":{"f:pid":{},"f:startTicks":{}},"f:restarts":{}}},"subresource":"status"}]},
        "spec":{"service":"tiny","release":"r","contentHash":"sha256:0f","modelPath":"/models/a b/ü#1%",
        "draftModelPath":"/models/draft.gguf","drainTimeout":"1m"},
        "status":{"phase":"Ready","process":{"pid":1,"startTicks":2},"restarts":0}}
        """;

    private const string Migrated = """
        {"apiVersion":"trireme.dev/v1alpha1","kind":"ModelReplica",
        "metadata":{"name":"tiny-0","namespace":"default","uid":"u","resourceVersion":"7","managedFields":[
        {"manager":"trireme-operator","operation":"Update","apiVersion":"trireme.dev/v1alpha1","fieldsType":"FieldsV1","fieldsV1":
        {"f:spec":{"f:contentHash":{},"f:draftModel":{"f:uri":{}},"f:model":{"f:uri":{}},"f:release":{},"f:service":{}}}},
        {"manager":"trireme-operator","operation":"Update","apiVersion":"trireme.dev/v1alpha1","fieldsType":"FieldsV1","fieldsV1":
        {"f:status":{"f:phase":{},"f:process":{"f:pid":{},"f:startTicks":{}},"f:restarts":{},"f:runtime":{}}},"subresource":"status"}]},
        "spec":{"service":"tiny","release":"r","contentHash":"sha256:0f","model":{"uri":"file:///models/a%20b/%C3%BC%231%25"},
        "draftModel":{"uri":"file:///models/draft.gguf"},"drainTimeout":"1m"},
        "status":{"phase":"Ready","runtime":"process","process":{"pid":1,"startTicks":2},"restarts":0}}
        """;

    [Fact]
    public void A_replica_of_the_first_layout_gets_sources_and_a_runtime_with_their_owners()
    {
        JsonObject replica = Parse(Replica);
        Assert.True(ObjectMigrations.Migrate(replica, 1));
        Assert.Equal(Parse(Migrated).ToJsonString(), replica.ToJsonString());
        using JsonDocument json = JsonDocument.Parse(replica.ToJsonString());
        Assert.Empty(ResourceValidator.Validate(ResourceCatalog.ModelReplicas, json.RootElement, out IResource? read));
        Assert.Equal("/models/a b/ü#1%", ((ModelReplica)read!).Spec.Model.LocalPath());
    }

    [Fact]
    public void Doing_it_again_changes_nothing()
    {
        JsonObject replica = Parse(Migrated);
        Assert.False(ObjectMigrations.Migrate(replica, 1));
        Assert.Equal(Parse(Migrated).ToJsonString(), replica.ToJsonString());
    }

    [Theory]
    [InlineData(1, """{"apiVersion":"trireme.dev/v1alpha1","kind":"Release","spec":{"modelPath":"/a"}}""")]
    [InlineData(1, """{"apiVersion":"v1","kind":"ModelReplica","spec":{"modelPath":"/a"}}""")]
    [InlineData(2, """{"apiVersion":"trireme.dev/v1alpha1","kind":"ModelReplica","spec":{"modelPath":"/a"}}""")]
    [InlineData(1, """{"apiVersion":"trireme.dev/v1alpha1","kind":"ModelReplica","spec":{"modelPath":7},"status":{"phase":"Pending"}}""")]
    [InlineData(1, """{"apiVersion":"trireme.dev/v1alpha1","kind":"ModelReplica","metadata":{"managedFields":[{}]}}""")]
    [InlineData(1, "{}")]
    public void Whatever_is_not_meant_stays(int layout, string json)
    {
        JsonObject document = Parse(json);
        Assert.False(ObjectMigrations.Migrate(document, layout));
        Assert.Equal(Parse(json).ToJsonString(), document.ToJsonString());
    }

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();
}
