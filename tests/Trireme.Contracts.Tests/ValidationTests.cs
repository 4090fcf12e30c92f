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
            "spec.drain.timeout: \"60\" does not match"
        },
        {
            "memory in unknown units is refused",
            "spec: {release: a, resources: {memory: 2GB}}",
            "spec.resources.memory: \"2GB\" does not match"
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
            "a part of a byte is refused",
            "spec: {release: a, resources: {memory: 1.5}}",
            "spec.resources.memory: must be a 64-bit integer or a string, not 1.5"
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
        Assert.Contains("does not match ^([0-9]+", error.Detail, StringComparison.Ordinal);
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

            foreach (string bad in (string[])
                [
                    "0", "\"0\"", "\"0.0Gi\"", "-1", "1.5", "1125899906842625", "9223372036854775807", "99999999999999999999",
                    "\"-1\"", "\"1125899906842625\"", "\"1025Ti\"", "\"9223372036854775807\"",
                ])
            {
                Assert.True(Errors(schema, bad).Count == 1, $"{path}: {bad} is not refused once");
            }
        }
    }

    private static IReadOnlyList<FieldError> Errors(SchemaNode schema, string json)
    {
        var errors = new FieldErrors();
        new SchemaValidator(errors).Validate(JsonNode.Parse(json), schema);
        return errors.Items;
    }

    private static IEnumerable<(string Path, SchemaNode Schema)> IntOrStrings(string path, SchemaNode schema)
    {
        IEnumerable<(string, SchemaNode)> below = (schema.Properties ?? new Dictionary<string, SchemaNode>())
            .SelectMany(property => IntOrStrings($"{path}.{property.Key}", property.Value));
        if (schema.Items is { } items) below = below.Concat(IntOrStrings(path + "[]", items));
        if (schema.AdditionalProperties is { } values) below = below.Concat(IntOrStrings(path + ".*", values));
        return schema.IntOrString ? below.Append((path, schema)) : below;
    }

    private static IReadOnlyList<FieldError> Validate(string yaml) => Validate(yaml, out _);

    private static IReadOnlyList<FieldError> Validate(string yaml, out IResource? resource) =>
        ResourceValidator.Validate(ResourceCatalog.ModelServices, Json(yaml), out resource);

    private static JsonElement Json(string yaml) => JsonSerializer.SerializeToElement(YamlJson.Parse(yaml).Single(), ResourceJson.Options);
}
