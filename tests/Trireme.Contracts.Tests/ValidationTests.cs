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

    private static IReadOnlyList<FieldError> Validate(string yaml) => Validate(yaml, out _);

    private static IReadOnlyList<FieldError> Validate(string yaml, out IResource? resource) =>
        ResourceValidator.Validate(ResourceCatalog.ModelServices, Json(yaml), out resource);

    private static JsonElement Json(string yaml) => JsonSerializer.SerializeToElement(YamlJson.Parse(yaml).Single(), ResourceJson.Options);
}
