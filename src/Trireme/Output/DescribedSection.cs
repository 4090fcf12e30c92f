using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Fleet.Rollouts;

namespace Trireme.Output;

/// <summary>
/// Cuts what a description would be long of: lists to their first few items, the texts in them to their beginning, and a rollout's plan
/// that is the one of the spec to those words. Each cut says so, and the other formats hold everything.
/// </summary>
internal static class DescribedSection
{
    /// <summary>Items of a list: enough to see what it holds.</summary>
    private const int ItemsMax = 3;

    /// <summary>Characters of a text in a list, about two lines.</summary>
    private const int ItemLengthMax = 120;

    /// <summary>Where to see what is left out.</summary>
    public const string Rest = "--output yaml shows all";

    /// <summary>Lists that grow at their end, of which the newest tell most.</summary>
    private static readonly string[] NewestLast = ["history"];

    /// <param name="json">The object.</param>
    /// <param name="name">One of its sections, such as status.</param>
    public static JsonNode Of(JsonObject json, string name)
    {
        JsonNode section = json[name]!.DeepClone();
        bool isRollout = section is JsonObject && section["rollout"]?["plan"] is not null;
        if (isRollout && PlanOf(section["rollout"]!["plan"]) is { } plan && CanonicalJson.Same(plan, PlanOf(json["spec"]?["rollout"])))
        {
            section["rollout"]!["plan"] = "as spec.rollout says";
        }

        if (isRollout && name == "status" && PhaseOf(json) is { } phase) section["rollout"]!["phase"] = phase;
        return Cut(section, name, 0);
    }

    /// <summary>
    /// What came of a service's last move, as the history and rollout status tell it: the phase itself says only that it has ended. Null
    /// where the object is of another kind or version.
    /// </summary>
    private static string? PhaseOf(JsonObject json)
    {
        if ((string?)json["kind"] != ModelService.TypeKind) return null;
        try
        {
            return json.Deserialize<ModelService>(ResourceJson.Options) is { Status.Rollout: not null } service
                ? OutcomeWords.Phase(service).ToString()
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>With its defaults, which one may spell out and the other leave away; null where it is of another version.</summary>
    private static RolloutSpec? PlanOf(JsonNode? json)
    {
        try
        {
            return (json ?? new JsonObject()).Deserialize<RolloutSpec>(ResourceJson.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static JsonNode Cut(JsonNode node, string name, int depth)
    {
        switch (node)
        {
            case JsonObject map:
                var members = new JsonObject();
                foreach ((string key, JsonNode? value) in map)
                {
                    members[key] = value is null ? null : Cut(value, key, JsonDepth.Below(depth));
                }

                return members;
            case JsonArray list:
                return CutList(list, name, depth);
            default:
                return node.DeepClone();
        }
    }

    private static JsonArray CutList(JsonArray list, string name, int depth)
    {
        bool newest = NewestLast.Contains(name);
        int more = Math.Max(0, list.Count - ItemsMax);
        var items = new JsonArray();
        if (more > 0 && newest) items.Add(Text($"{more} earlier; {Rest}"));
        foreach (JsonNode? item in list.Skip(newest ? more : 0).Take(ItemsMax))
        {
            items.Add(item switch
            {
                null => null,
                JsonValue value when value.TryGetValue(out string? text) && text.Length > ItemLengthMax =>
                    Text($"{text[..ItemLengthMax].TrimEnd()}... ({text.Length} characters)"),
                _ => Cut(item, name, JsonDepth.Below(depth)),
            });
        }

        if (more > 0 && !newest) items.Add(Text($"and {more} more; {Rest}"));
        return items;
    }

    private static JsonValue Text(FormattableString text) => JsonValue.Create(text.ToString(CultureInfo.InvariantCulture))!;
}
