using System.Text.Json.Nodes;
using CsCheck;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Trireme.ApiServer.Patching.Apply;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.Contracts.Schema;

namespace Trireme.ApiServer.Tests.Patching;

/// <summary>Random managers apply random configurations; what must hold holds after every step.</summary>
public sealed class ApplyOwnershipTests
{
    private static readonly ApiRequest Request = new()
    {
        Http = new DefaultHttpContext(),
        Resource = new ServedResource(ResourceCatalog.ConfigMaps),
        Namespace = "default",
        Name = "a",
    };

    private static readonly Gen<(string Manager, JsonObject Config)> Step = Gen.Select(
        Pick.From("one", "two", "three"),
        Gen.Select(Pick.From("a", "b", "c", "d"), Pick.From("1", "2")).Array[0, 4],
        Pick.From("x", "y", "z").Array[0, 3],
        (manager, data, finalizers) => (manager, Config(data, finalizers)));

    [Fact]
    public void Forced_applies_leave_exactly_what_someone_states()
    {
        Step.Array[1, 8].Sample(steps =>
        {
            var management = new FieldManagement(new FakeTimeProvider());
            JsonObject live = Config([], []);
            var last = new Dictionary<string, JsonObject>();
            foreach ((string manager, JsonObject config) in steps)
            {
                Outcome<JsonObject> applied = management.Apply(Request, live, config, Options(manager, force: true));
                Assert.False(applied.Failed(out StatusError? _, out JsonObject? next));
                live = next!;
                last[manager] = config;

                // 1. The applied configuration is what the object now says.
                Assert.All(Data(config), entry => Assert.Equal(entry.Value, Data(live)[entry.Key]));
                // 2. Nothing is there that nobody states.
                Assert.All(Data(live).Keys, key => Assert.Contains(last.Values, stated => Data(stated).ContainsKey(key)));
                Assert.All(Finalizers(live), name => Assert.Contains(last.Values, stated => Finalizers(stated).Contains(name)));
                // 3. Owners of a field are exactly managers that state its value.
                AssertOwners(live, last);
                // 4. Applying again changes nothing.
                management.Apply(Request, live, config, Options(manager, force: false)).Failed(out _, out JsonObject? again);
                Assert.True(JsonNode.DeepEquals(live, again));
            }
        });
    }

    [Fact]
    public void An_unforced_apply_conflicts_exactly_when_it_changes_a_field_of_another_manager()
    {
        Gen.Select(Step, Step).Sample((first, second) =>
        {
            var management = new FieldManagement(new FakeTimeProvider());
            management.Apply(Request, Config([], []), first.Config, Options("first", force: true)).Failed(out _, out JsonObject? live);
            Outcome<JsonObject> applied = management.Apply(Request, live!, second.Config, Options("second", force: false));
            bool failed = applied.Failed(out StatusError? error, out _);
            Dictionary<string, string> owned = Data(first.Config);
            bool changes = Data(second.Config).Any(entry => owned.TryGetValue(entry.Key, out string? other) && other != entry.Value);
            Assert.Equal(changes, failed);
            if (failed) Assert.Equal(409, error!.Code);
        });
    }

    private static void AssertOwners(JsonObject live, Dictionary<string, JsonObject> last)
    {
        ManagedFields fields = ManagedFields.Of(live);
        foreach (ManagedEntry entry in fields.Entries)
        {
            foreach (string key in entry.Fields.Find("f:data")?.Children.Keys ?? [])
            {
                string name = key[2..];
                Assert.Equal(Data(live)[name], Data(last[entry.Id.Manager])[name]);
            }
        }

        foreach (string name in Data(live).Keys)
        {
            Assert.Contains(fields.Entries, entry => entry.Fields.Find("f:data")?.Find("f:" + name) is { IsMember: true });
        }
    }

    private static WriteOptions Options(string manager, bool force) => new(DryRun: false, manager, FieldValidation.Strict, force);

    private static JsonObject Config((string Key, string Value)[] data, string[] finalizers)
    {
        var map = new JsonObject();
        foreach ((string key, string value) in data) map[key] = value;
        var config = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "ConfigMap", ["metadata"] = new JsonObject { ["name"] = "a" } };
        if (map.Count > 0) config["data"] = map;
        if (finalizers.Length > 0) config.Metadata().SetTextList("finalizers", [.. finalizers.Distinct()]);
        return config;
    }

    private static Dictionary<string, string> Data(JsonObject document) =>
        (document["data"] as JsonObject ?? []).ToDictionary(entry => entry.Key, entry => (string)entry.Value!);

    private static List<string> Finalizers(JsonObject document) => document.Metadata().TextList("finalizers");
}
