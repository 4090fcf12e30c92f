using System.Text.Json.Nodes;

namespace Trireme.ApiServer.Tests.GarbageCollection;

/// <summary>A planned object: its place and metadata.</summary>
internal sealed record PlannedObject(string Kind, string Namespace, string Name, JsonObject Metadata);

/// <summary>
/// Random objects that own each other: good references, circles, and such to another namespace, under a wrong name, to an object that
/// never was, or to a kind that nobody serves.
/// </summary>
internal static class RandomGraph
{
    public const string Hold = "example.com/hold";

    private static readonly string[] Namespaces = ["one", "two"];

    public static IReadOnlyList<PlannedObject> Make(Random random, IReadOnlyList<string> kinds, int size, Func<string, bool> namespaced)
    {
        var planned = new List<PlannedObject>();
        for (int i = 0; i < size; i++)
        {
            string kind = kinds[random.Next(kinds.Count)];
            string @namespace = namespaced(kind) ? Namespaces[random.Next(4) == 0 ? 1 : 0] : "";
            planned.Add(new PlannedObject(kind, @namespace, $"n{i}", new JsonObject { ["uid"] = $"uid-{i}" }));
        }

        foreach (PlannedObject thing in planned)
        {
            var owners = new JsonArray();
            foreach (PlannedObject owner in planned)
            {
                if (random.Next(size) == 0 || (owner != thing && random.Next(size) == 0)) owners.Add(ReferenceTo(random, owner));
            }

            if (owners.Count > 0) thing.Metadata["ownerReferences"] = owners;
            string? finalizer = random.Next(8) switch
            {
                0 or 1 => Hold,
                2 => OwnershipModel.Orphan,
                3 => OwnershipModel.Foreground,
                _ => null,
            };
            if (finalizer is not null) thing.Metadata["finalizers"] = new JsonArray(finalizer);
        }

        return planned;
    }

    private static JsonObject ReferenceTo(Random random, PlannedObject owner)
    {
        int fault = random.Next(24);
        return new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = fault == 0 ? "Ghost" : owner.Kind,
            ["name"] = fault == 1 ? "another" : owner.Name,
            ["uid"] = fault == 2 ? "uid-never" : (string)owner.Metadata["uid"]!,
            ["blockOwnerDeletion"] = random.Next(2) == 0,
        };
    }
}
