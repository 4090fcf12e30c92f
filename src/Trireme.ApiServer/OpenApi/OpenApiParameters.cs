using System.Text.Json.Nodes;

namespace Trireme.ApiServer.OpenApi;

/// <summary>The parameters of operations.</summary>
internal static class OpenApiParameters
{
    private const string Text = "string";
    private const string Number = "integer";
    private const string Switch = "boolean";

    private static readonly Dictionary<string, (string Type, string Description)> Known = new()
    {
        ["allowWatchBookmarks"] = (Switch, "Asks a watch for events that only say up to which revision it has told everything."),
        ["continue"] = (Text, "Where the page before ended, as it said; the page is of the same revision."),
        ["dryRun"] = (Text, "All to do everything but store the result."),
        ["fieldManager"] = (Text, "Who writes, for the ownership of fields: at most 128 printable characters."),
        ["fieldSelector"] = (Text, "Only objects whose fields have these values, such as metadata.name=tiny."),
        ["fieldValidation"] = (Text, "Unknown and repeated fields: Strict refuses, Warn (the default) warns, Ignore is silent."),
        ["force"] = (Switch, "Takes over fields of other managers in an apply."),
        ["gracePeriodSeconds"] = (Number, "Accepted; nothing here has a grace period but its own."),
        ["labelSelector"] = (Text, "Only objects with these labels, such as app=x,tier in (a, b)."),
        ["limit"] = (Number, "Most objects of a page."),
        ["orphanDependents"] = (Switch, "The older word for propagationPolicy Orphan (true) and Background (false)."),
        ["pretty"] = (Text, "true for an answer with line breaks."),
        ["propagationPolicy"] = (Text, "What becomes of dependents: Background, Foreground or Orphan."),
        ["resourceVersion"] = (Text, "The revision that is read, by resourceVersionMatch; of a watch, the one it starts after."),
        ["resourceVersionMatch"] = (Text, "Exact for the state of that revision, NotOlderThan for that or a newer one."),
        ["sendInitialEvents"] = (Switch, "Whether a watch begins with the objects there are."),
        ["timeoutSeconds"] = (Number, "When a watch ends."),
        ["watch"] = (Switch, "Streams changes instead of a list."),
    };

    public static IReadOnlyList<string> OfList { get; } =
    [
        "allowWatchBookmarks", "continue", "fieldSelector", "labelSelector", "limit", "resourceVersion", "resourceVersionMatch",
        "sendInitialEvents", "timeoutSeconds", "watch",
    ];

    /// <summary>kubectl leaves validation to the server exactly when patches name fieldValidation.</summary>
    public static IReadOnlyList<string> OfWrite { get; } = ["dryRun", "fieldManager", "fieldValidation"];

    public static IReadOnlyList<string> OfPatch { get; } = [.. OfWrite, "force"];

    public static IReadOnlyList<string> OfDelete { get; } = ["dryRun", "gracePeriodSeconds", "orphanDependents", "propagationPolicy"];

    public static IReadOnlyList<string> OfCollectionDelete { get; } = [.. OfDelete, "fieldSelector", "labelSelector"];

    public static JsonArray Query(IEnumerable<string> names) => new([.. names.Select(InQuery)]);

    /// <summary>What all operations of a path have.</summary>
    public static JsonArray Path(bool named, bool namespaced)
    {
        var parameters = new JsonArray();
        if (named) parameters.Add(InPath("name", "Name of the object."));
        if (namespaced) parameters.Add(InPath("namespace", "Namespace of the object."));
        parameters.Add(InQuery("pretty"));
        return parameters;
    }

    private static JsonObject InPath(string name, string description) => new()
    {
        ["name"] = name,
        ["in"] = "path",
        ["description"] = description,
        ["required"] = true,
        ["schema"] = new JsonObject { ["type"] = Text, ["uniqueItems"] = true },
    };

    private static JsonObject InQuery(string name)
    {
        (string type, string description) = Known[name];
        return new JsonObject
        {
            ["name"] = name,
            ["in"] = "query",
            ["description"] = description,
            ["schema"] = new JsonObject { ["type"] = type, ["uniqueItems"] = true },
        };
    }
}
