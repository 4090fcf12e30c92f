using System.Text.Json.Nodes;

namespace Trireme.ApiServer.Tests.Access;

/// <summary>Rules of roles as JSON, from words separated by commas.</summary>
internal static class Rules
{
    public const string None = "[]";

    /// <summary>A list of one rule.</summary>
    public static string Of(string verbs, string resources, string groups = "", string names = "") =>
        new JsonArray(One(verbs, resources, groups, names)).ToJsonString();

    /// <summary>Rules of several lists together.</summary>
    public static string And(this string rules, string more) => $"{rules[..^1]},{more[1..]}";

    private static JsonObject One(string verbs, string resources, string groups, string names)
    {
        var rule = new JsonObject { ["apiGroups"] = Words(groups), ["resources"] = Words(resources), ["verbs"] = Words(verbs) };
        if (names.Length > 0) rule["resourceNames"] = Words(names);
        return rule;
    }

    private static JsonArray Words(string text) => new([.. text.Split(',').Select(static word => JsonValue.Create(word))]);
}
