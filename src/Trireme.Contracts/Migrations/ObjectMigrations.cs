using System.Text.Json.Nodes;

namespace Trireme.Contracts.Migrations;

/// <summary>
/// How objects that an older version of the program stored become objects of the present one. A layout is the form of all kinds
/// together and has a number; a step leads one kind from a layout to the next. Steps are pure, and doing one again changes nothing.
/// </summary>
public static class ObjectMigrations
{
    /// <summary>The layout this version of the program writes.</summary>
    public const int CurrentLayout = 2;

    private static readonly Step[] Steps =
    [
        new(From: 1, "trireme.dev/v1alpha1", "ModelReplica", ReplicaSources.Migrate),
    ];

    /// <summary>Brings an object to the present layout, in place.</summary>
    /// <param name="document">An object as it is stored, with apiVersion and kind.</param>
    /// <param name="layout">The layout it was stored in.</param>
    /// <returns>True if anything about the object changed.</returns>
    public static bool Migrate(JsonObject document, int layout)
    {
        bool changed = false;
        foreach (Step step in Steps)
        {
            if (step.From >= layout && step.IsFor(document)) changed |= step.Apply(document);
        }

        return changed;
    }

    private sealed record Step(int From, string ApiVersion, string Kind, Func<JsonObject, bool> Apply)
    {
        public bool IsFor(JsonObject document) => Text(document, "apiVersion") == ApiVersion && Text(document, "kind") == Kind;

        private static string? Text(JsonObject document, string name) =>
            document[name] is JsonValue value && value.TryGetValue(out string? text) ? text : null;
    }
}
