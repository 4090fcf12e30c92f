using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Tests;

public sealed class ValidationTests
{
    /// <summary>What a user got wrong, and what the error must say.</summary>
    public static TheoryData<string, string, string> Mistakes => new()
    {
        {
            "an unknown field is named with the nearest known one",
            "spec: {release: a, replcas: 2}",
            "spec.replcas: unknown field \"spec.replcas\", did you mean \"replicas\"?"
        },
        { "a missing field is named", "spec: {replicas: 2}", "spec.release: must be set" },
        { "an empty release is refused", "spec: {release: \"\"}", "spec.release: must not be empty" },
        {
            "a word where a number belongs is named",
            "spec: {release: a, replicas: two}",
            "spec.replicas: must be a 32-bit integer, not the string \"two\""
        },
        {
            "a number out of range gives the limit",
            "spec: {release: a, replicas: 257}",
            "spec.replicas: 257 is too large; must be at most 256"
        },
        {
            "a step that does not rise is named by index",
            "spec: {release: a, rollout: {steps: [{weight: 50}, {weight: 20}]}}",
            "spec.rollout.steps[1].weight: 20 must be greater than the step before it (50)"
        },
        {
            "a step whose shortest time is past its longest is named by index",
            "spec: {release: a, rollout: {steps: [{weight: 10}, {weight: 50, minDuration: 1h, maxDuration: 5m}]}}",
            "spec.rollout.steps[1].minDuration: 1h is too long; must be at most maxDuration, 5m"
        },
        {
            "a shortest time past the longest that a step has by default",
            "spec: {release: a, rollout: {steps: [{weight: 10, minDuration: 11m}]}}",
            "spec.rollout.steps[0].minDuration: 11m is too long; must be at most maxDuration, 10m"
        },
        {
            "a number of replicas beside what decides it",
            "spec: {release: a, replicas: 3, scaling: {maxReplicas: 4}}",
            "spec.replicas: 3 would have no effect, because spec.scaling decides the number between 1 and 4"
        },
        {
            "more replicas at least than at most",
            "spec: {release: a, scaling: {minReplicas: 5, maxReplicas: 4}}",
            "spec.scaling.minReplicas: 5 is too large; must be at most maxReplicas, 4"
        },
        {
            "scaling without a bound",
            "spec: {release: a, scaling: {minReplicas: 1}}",
            "spec.scaling.maxReplicas: "
        },
        {
            "an SLO that nothing attains",
            "spec: {release: a, scaling: {maxReplicas: 4, slo: {ttft: 0s}}}",
            "spec.scaling.slo.ttft: 0s is out of range; must be from 1ms to 1h"
        },
        {
            "a share of requests that is a percentage",
            "spec: {release: a, scaling: {maxReplicas: 4, slo: {attainment: 99}}}",
            "spec.scaling.slo.attainment: 99 is too large; must be at most 0.9999"
        },
        {
            "an empty text for the quality probe is named by index",
            "spec: {release: a, rollout: {gates: {qualityPrompts: [The cat sat., \"\"]}}}",
            "spec.rollout.gates.qualityPrompts[1]: must not be blank"
        },
        {
            "a blank text for the quality probe is named by index",
            "spec: {release: a, rollout: {gates: {qualityPrompts: [\" \\n\"]}}}",
            "spec.rollout.gates.qualityPrompts[0]: must not be blank"
        },
        {
            "an unknown choice lists the known ones",
            "spec: {release: a, rollout: {onInconclusive: RolBack}}",
            "spec.rollout.onInconclusive: \"RolBack\" is not supported; did you mean \"Rollback\"? supported values: Hold, Rollback"
        },
        {
            "a duration without a unit is refused",
            "spec: {release: a, drain: {timeout: \"60\"}}",
            "spec.drain.timeout: \"60\" is not a duration; write it like 30s, 1m30s or 250ms"
        },
        {
            "a number where a duration belongs",
            "spec: {release: a, drain: {timeout: 60}}",
            "spec.drain.timeout: must be a duration such as 30s, not 60"
        },
        {
            "a duration past any timeout gives the limit",
            "spec: {release: a, drain: {timeout: 99999999h}}",
            "spec.drain.timeout: \"99999999h\" is too long a duration; the longest is 876000h"
        },
        {
            "a duration in a power of ten is refused with how it is written",
            "spec: {release: a, drain: {timeout: 1e3s}}",
            "spec.drain.timeout: \"1e3s\" is not a duration; write it like 30s, 1m30s or 250ms"
        },
        {
            "a number that no reader can hold is named as one",
            "spec: {release: a, rollout: {gates: {maxTtftRatio: 1E400}}}",
            "spec.rollout.gates.maxTtftRatio: must be a number, not the string \"1E400\", which is too large for a number"
        },
        {
            "a whole number that no reader can hold is named as one",
            "spec: {release: a, replicas: 1e400}",
            "spec.replicas: must be a 32-bit integer, not the string \"1e400\", which is too large for a number"
        },
        {
            "memory in unknown units is refused",
            "spec: {release: a, resources: {memory: 2GB}}",
            "spec.resources.memory: \"2GB\" is not an amount of memory; write it like 512Mi, 2Gi or a whole number of bytes"
        },
        {
            "a negative number of bytes is refused as its text is",
            "spec: {release: a, resources: {memory: -1}}",
            "spec.resources.memory: -1 is too small; must be at least 1"
        },
        {
            "no memory at all is refused",
            "spec: {release: a, resources: {memory: 0}}",
            "spec.resources.memory: 0 is too small; must be at least 1"
        },
        {
            "more bytes than any machine has are refused",
            "spec: {release: a, resources: {memory: 9223372036854775807}}",
            "spec.resources.memory: 9223372036854775807 is too large; must be at most 1024Ti"
        },
        {
            "more memory than any machine has is refused",
            "spec: {release: a, resources: {memory: 1025Ti}}",
            "spec.resources.memory: \"1025Ti\" is too large; must be at most 1024Ti"
        },
        {
            "a field of another strategy is refused with what to do",
            "spec: {release: a, rollout: {strategy: Canary, blueGreen: {keepOld: 1m}}}",
            "spec.rollout.blueGreen: is only for the strategy BlueGreen, and spec.rollout.strategy is Canary; remove it, or set the "
                + "strategy to BlueGreen"
        },
        {
            "a shadow without its strategy",
            "spec: {release: a, rollout: {shadow: {percent: 5}}}",
            "spec.rollout.shadow: is only for the strategy Shadow"
        },
        {
            "the pause of another strategy",
            "spec: {release: a, rollout: {strategy: Shadow, inPlace: {minDuration: 1s}}}",
            "spec.rollout.inPlace: is only for the strategy InPlace"
        },
        {
            "steps where there are none",
            "spec: {release: a, rollout: {strategy: BlueGreen, steps: [{weight: 10}]}}",
            "spec.rollout.steps: is only for the strategies Canary and Shadow, and spec.rollout.strategy is BlueGreen; remove it"
        },
        {
            "an end of steps where there are none",
            "spec: {release: a, rollout: {strategy: InPlace, onInconclusive: Rollback}}",
            "spec.rollout.onInconclusive: is only for the strategies Canary and Shadow"
        },
        {
            "gates where nothing is compared",
            "spec: {release: a, rollout: {strategy: Recreate, gates: {minRequests: 5}}}",
            "spec.rollout.gates: compare releases that run together, and with the strategy Recreate none do; remove them"
        },
        {
            "steps that nothing leads to",
            "spec: {release: a, rollout: {strategy: Shadow, shadow: {then: Hold}, steps: [{weight: 10}]}}",
            "spec.rollout.steps: follow a shadow only where shadow.then is Canary; it is Hold: remove the steps, or set it so"
        },
        {
            "a shadow whose shortest time is past its longest",
            "spec: {release: a, rollout: {strategy: Shadow, shadow: {minDuration: 1h}}}",
            "spec.rollout.shadow.minDuration: 1h is too long; must be at most maxDuration, 10m"
        },
        {
            "no share of requests to copy",
            "spec: {release: a, rollout: {strategy: Shadow, shadow: {percent: 0}}}",
            "spec.rollout.shadow.percent: 0 is too small; must be at least 1"
        },
        {
            "a part of a byte is refused",
            "spec: {release: a, resources: {memory: 1.5}}",
            "spec.resources.memory: must be a whole number of bytes or a text such as 512Mi, not 1.5"
        },
        {
            "bytes in a power of ten give the limit",
            "spec: {release: a, resources: {memory: 1E+20}}",
            "spec.resources.memory: 1E+20 is too large; must be at most 1024Ti"
        },
        {
            "a text of bytes in a power of ten gives the limit",
            "spec: {release: a, resources: {memory: \"1E+20\"}}",
            "spec.resources.memory: \"1E+20\" is too large; must be at most 1024Ti"
        },
        {
            "a whole number in a power of ten that is too large is named",
            "spec: {release: a, replicas: 1E+20}",
            "spec.replicas: must be a 32-bit integer, not 1E+20"
        },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_mistake_is_named_where_it_is(string sentence, string spec, string expected)
    {
        IReadOnlyList<FieldError> errors =
            Validate($"apiVersion: trireme.dev/v1alpha1\nkind: ModelService\nmetadata: {{name: tiny}}\n{spec}");
        Assert.True(
            errors.Any(error => error.ToString().StartsWith(expected, StringComparison.Ordinal)),
            $"{sentence}: {string.Join("; ", errors)}");
    }

    /// <summary>Programs write objects back with their defaults spelled out.</summary>
    [Theory]
    [InlineData("{strategy: BlueGreen, onInconclusive: Hold, steps: [{weight: 10}, {weight: 50}], gates: {minRequests: 5}}")]
    [InlineData("{strategy: Recreate, gates: {minRequests: 20}}")]
    [InlineData("{strategy: Shadow, shadow: {then: Canary}, steps: [{weight: 5}], onInconclusive: Rollback}")]
    public void What_says_no_more_than_its_absence_is_let_be_with_every_strategy(string rollout) => Assert.Empty(Validate(
        $"apiVersion: trireme.dev/v1alpha1\nkind: ModelService\nmetadata: {{name: tiny}}\nspec: {{release: a, rollout: {rollout}}}"));

    [Theory]
    [InlineData("Tiny")]
    [InlineData("-tiny")]
    [InlineData("tiny_model")]
    [InlineData("tiny..model")]
    public void A_name_that_is_no_dns_subdomain_is_refused(string name) =>
        Assert.Contains(
            Validate($"apiVersion: trireme.dev/v1alpha1\nkind: ModelService\nmetadata: {{name: \"{name}\"}}\nspec: {{release: a}}"),
            error => error.Field == "metadata.name");

    [Fact]
    public void A_minimal_service_gets_its_defaults()
    {
        const string Manifest = "apiVersion: trireme.dev/v1alpha1\nkind: ModelService\nmetadata: {name: tiny}\nspec: {release: tiny-v1}";
        Assert.Empty(Validate(Manifest, out IResource? resource));
        ModelServiceSpec spec = Assert.IsType<ModelService>(resource).Spec;
        Assert.Equal(1, spec.Replicas);
        Assert.Equal([10, 50], spec.Rollout.Steps.Select(step => step.Weight));
    }

    [Fact]
    public void A_text_made_to_keep_a_pattern_busy_is_refused_like_any_other()
    {
        string digits = string.Concat(Enumerable.Repeat("1s1", 100_000));
        FieldError error = Assert.Single(Validate(
            "apiVersion: trireme.dev/v1alpha1\nkind: ModelService\nmetadata: {name: tiny}\n"
            + $"spec: {{release: a, drain: {{timeout: {digits}}}}}"));
        Assert.Equal("spec.drain.timeout", error.Field);
        Assert.Contains("is not a duration", error.Detail, StringComparison.Ordinal);
        Assert.InRange(error.Detail.Length, 1, 250);
    }

    [Fact]
    public void A_release_never_changes()
    {
        JsonObject before = YamlJson.Parse("spec: {source: {path: a}}").Single().AsObject();
        JsonObject after = YamlJson.Parse("spec: {source: {path: b}}").Single().AsObject();
        FieldError error = Assert.Single(ResourceValidator.ValidateUpdate(ResourceCatalog.Releases, before, after));
        Assert.Equal(FieldErrorType.Forbidden, error.Type);
        Assert.Empty(ResourceValidator.ValidateUpdate(ResourceCatalog.Releases, before, before));
    }

    [Fact]
    public void Every_kind_in_the_catalog_has_a_schema_and_round_trips()
    {
        foreach (ResourceDefinition definition in ResourceCatalog.All)
        {
            Assert.NotNull(definition.Schema.Properties);
            Assert.Contains("metadata", definition.Schema.Properties.Keys);
            Assert.Same(definition, ResourceCatalog.Find(definition.ApiVersion, definition.Kind));
        }
    }

    /// <summary>What kubectl explain prints of each field comes from here.</summary>
    [Fact]
    public void Every_field_of_every_kind_is_described()
    {
        string[] silent = [.. ResourceCatalog.All.SelectMany(definition => Undescribed(definition.Kind, definition.Schema))];
        Assert.True(silent.Length == 0, $"give these a summary: {string.Join(", ", silent)}");
    }

    private static IEnumerable<string> Undescribed(string path, SchemaNode schema)
    {
        if (string.IsNullOrWhiteSpace(schema.Description)) yield return path;
        foreach ((string name, SchemaNode field) in schema.Properties ?? new Dictionary<string, SchemaNode>())
        {
            foreach (string found in Undescribed($"{path}.{name}", field)) yield return found;
        }

        // Items and values that are plain are described by what holds them.
        foreach (SchemaNode inner in (SchemaNode[])[.. new[] { schema.Items, schema.AdditionalProperties }.OfType<SchemaNode>()])
        {
            if (inner.Properties is null) continue;
            foreach (string found in Undescribed(path + "[]", inner)) yield return found;
        }
    }

    /// <summary>Every amount of memory in every kind: what is refused as a text is refused as a number.</summary>
    [Fact]
    public void Every_amount_of_memory_has_limits_for_numbers_and_texts()
    {
        (string Path, SchemaNode Schema)[] sizes =
            [.. ResourceCatalog.All.SelectMany(definition => IntOrStrings(definition.Kind, definition.Schema))];
        Assert.Contains(sizes, size => size.Path == "ModelService.spec.resources.memory");
        Assert.Contains(sizes, size => size.Path == "Release.spec.engine.kvCacheMemory");
        Assert.Contains(sizes, size => size.Path == "Release.spec.engine.lora.memory");
        foreach ((string path, SchemaNode schema) in sizes)
        {
            foreach (string good in (string[])["1", "1073741824", "1125899906842624", "\"1.5Gi\"", "\"1024Ti\""])
            {
                Assert.True(Errors(schema, good).Count == 0, $"{path}: {good}: {string.Join("; ", Errors(schema, good))}");
            }

            // What is asked for is more than nothing; what there is may be nothing.
            bool tells = schema.Minimum == 0 && path.Contains(".status.", StringComparison.Ordinal);
            foreach (string nothing in (string[])["0", "\"0\"", "\"0.0Gi\""])
            {
                Assert.True(Errors(schema, nothing).Count == (tells ? 0 : 1), $"{path}: {nothing}");
            }

            foreach (string bad in (string[])
                [
                    "-1", "1.5", "1125899906842625", "9223372036854775807", "99999999999999999999",
                    "\"-1\"", "\"1125899906842625\"", "\"1025Ti\"", "\"9223372036854775807\"",
                ])
            {
                Assert.True(Errors(schema, bad).Count == 1, $"{path}: {bad} is not refused once");
            }
        }
    }

    /// <summary>Every number in every kind, with limits of its own or without: JSON's reader makes infinity of what is too large.</summary>
    [Fact]
    public void Every_number_is_refused_that_no_reader_can_hold()
    {
        (string Path, SchemaNode Schema)[] numbers =
            [.. ResourceCatalog.All.SelectMany(definition => Numbers(definition.Kind, definition.Schema))];
        Assert.Contains(numbers, number => number.Path == "ModelService.status.rollout.verdict.signals[].ratio");
        foreach ((string path, SchemaNode schema) in numbers)
        {
            foreach (string bad in (string[])["1E400", "-1E400", "\"1E400\""])
            {
                IReadOnlyList<FieldError> errors = Errors(schema, bad);
                Assert.True(errors is [{ Detail: var detail }] && detail.EndsWith(", which is too large for a number"), $"{path}: {bad}");
            }
        }
    }

    private static IReadOnlyList<FieldError> Errors(SchemaNode schema, string json)
    {
        var errors = new FieldErrors();
        new SchemaValidator(errors).Validate(JsonNode.Parse(json), schema);
        return errors.Items;
    }

    private static IEnumerable<(string Path, SchemaNode Schema)> IntOrStrings(string path, SchemaNode schema) =>
        All(path, schema).Where(static node => node.Schema.IntOrString);

    private static IEnumerable<(string Path, SchemaNode Schema)> Numbers(string path, SchemaNode schema) =>
        All(path, schema).Where(static node => node.Schema is { IntOrString: false, Type: "number" or "integer" });

    private static IEnumerable<(string Path, SchemaNode Schema)> All(string path, SchemaNode schema)
    {
        IEnumerable<(string, SchemaNode)> below = (schema.Properties ?? new Dictionary<string, SchemaNode>())
            .SelectMany(property => All($"{path}.{property.Key}", property.Value));
        if (schema.Items is { } items) below = below.Concat(All(path + "[]", items));
        if (schema.AdditionalProperties is { } values) below = below.Concat(All(path + ".*", values));
        return below.Append((path, schema));
    }

    private static IReadOnlyList<FieldError> Validate(string yaml) => Validate(yaml, out _);

    private static IReadOnlyList<FieldError> Validate(string yaml, out IResource? resource) =>
        ResourceValidator.Validate(ResourceCatalog.ModelServices, Json(yaml), out resource);

    private static JsonElement Json(string yaml) => JsonSerializer.SerializeToElement(YamlJson.Parse(yaml).Single(), ResourceJson.Options);
}
