using System.Text.Json;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Tests;

/// <summary>What a fleet rollout must say.</summary>
public sealed class FleetRolloutValidationTests
{
    [Theory]
    [InlineData("release: b", "spec.selector: must be set")]
    [InlineData("selector: {}", "spec.release: or spec.base must be set")]
    [InlineData(
        "selector: {}, release: b, base: {source: {path: m}, suffix: n}", "spec.base: must not be set together with spec.release")]
    [InlineData("selector: {}, base: {source: {path: ../m}, suffix: n}", "spec.base.source.path: must not climb")]
    [InlineData("selector: {}, base: {source: {path: m}, suffix: N_1}", "spec.base.suffix: ")]
    [InlineData(
        "selector: {}, release: b, waves: [{percent: 20}, {percent: 20}]",
        "spec.waves[1].percent: 20 must be greater than that of the wave before it (20)")]
    [InlineData("selector: {}, release: b, waves: [{percent: 0}]", "spec.waves[0].percent: 0 is too small; must be at least 1")]
    [InlineData("selector: {}, release: b, waveDeadline: 0s", "spec.waveDeadline: must be longer than 0s")]
    [InlineData("selector: {matchLabels: {'a b': c}}, release: b", "spec.selector.matchLabels: ")]
    [InlineData("selector: {}, release: b, onFailure: Retry", "spec.onFailure: \"Retry\" is not supported")]
    public void What_is_wrong_is_named_with_its_field(string spec, string expected) =>
        Assert.Contains(Errors(spec), error => error.StartsWith(expected, StringComparison.Ordinal));

    [Theory]
    [InlineData("selector: {}, release: b")]
    [InlineData("selector: {matchLabels: {tier: chat}}, base: {source: {path: models/next}, suffix: next}, undo: true")]
    public void What_is_right_is_accepted(string spec) => Assert.Empty(Errors(spec));

    private static IReadOnlyList<string> Errors(string spec)
    {
        string yaml = $"{{apiVersion: trireme.dev/v1alpha1, kind: FleetRollout, metadata: {{name: f}}, spec: {{{spec}}}}}";
        JsonElement json = JsonSerializer.SerializeToElement(YamlJson.Parse(yaml)[0], ResourceJson.Options);
        return [.. ResourceValidator.Validate(ResourceCatalog.FleetRollouts, json, out _).Select(static error => error.ToString())];
    }
}
