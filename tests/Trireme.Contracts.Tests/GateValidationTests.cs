using System.Text.Json;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Tests;

/// <summary>Gates that could not be judged, or would pass everything, are refused.</summary>
public sealed class GateValidationTests
{
    [Theory]
    [InlineData(
        "tasks: [{prompt: What is two and two?}]",
        "tasks[0].contains: or exact, pattern or jsonMembers must be set, or every answer would be right")]
    [InlineData("tasks: [{prompt: Hi, contains: \"\"}]", "tasks[0].contains: must not be empty, because every answer has it")]
    [InlineData("tasks: [{prompt: \" \", contains: a}]", "tasks[0].prompt: must not be blank; ask something, or remove the task")]
    [InlineData(
        "tasks: [{prompt: Hi, pattern: '(a)\\1'}]",
        "tasks[0].pattern: is no regular expression that can be matched in bounded time")]
    [InlineData("maxTaskFailureIncrease: 0.1", "maxTaskFailureIncrease: says nothing without tasks; remove it, or give")]
    [InlineData(
        "maxSafetyEventIncrease: 0.01", "maxSafetyEventIncrease: cannot be judged: nothing of this version counts safety events")]
    [InlineData("maxCostPerTokenRatio: 0.5", "maxCostPerTokenRatio: 0.5 is too small; must be at least 1")]
    public void A_gate_that_says_nothing_is_refused_with_its_field(string gate, string expected)
    {
        string yaml = "{apiVersion: trireme.dev/v1alpha1, kind: ModelService, metadata: {name: s}, spec: {release: r, rollout: {gates: {"
            + gate + "}}}}";
        JsonElement json = JsonSerializer.SerializeToElement(YamlJson.Parse(yaml)[0], ResourceJson.Options);
        Assert.Contains(
            ResourceValidator.Validate(ResourceCatalog.ModelServices, json, out _),
            error => error.ToString().StartsWith("spec.rollout.gates." + expected, StringComparison.Ordinal));
    }
}
