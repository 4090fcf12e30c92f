using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Trireme.ApiServer.Tests.GarbageCollection;

/// <summary>What an owner reference says.</summary>
internal sealed record Reference(string Kind, string Name, string Uid, bool Blocks)
{
    public override string ToString() => $"{Kind}/{Name}#{Uid}{(Blocks ? "!" : "")}";
}

/// <summary>An object as far as ownership goes. Its place is its kind, namespace and name.</summary>
internal sealed record OwnedObject(
    string Kind,
    string Namespace,
    string Name,
    string Uid,
    ImmutableArray<Reference> Owners,
    ImmutableSortedSet<string> Finalizers,
    bool IsDeleting)
{
    public string Place => $"{Kind}/{Namespace}/{Name}";

    public static OwnedObject Of(JsonObject document)
    {
        JsonNode metadata = document["metadata"]!;
        return new OwnedObject(
            (string)document["kind"]!,
            (string?)metadata["namespace"] ?? "",
            (string)metadata["name"]!,
            (string)metadata["uid"]!,
            [
                .. (metadata["ownerReferences"] as JsonArray ?? []).Select(owner => new Reference(
                    (string)owner!["kind"]!,
                    (string)owner["name"]!,
                    (string)owner["uid"]!,
                    (bool?)owner["blockOwnerDeletion"] == true)),
            ],
            [.. (metadata["finalizers"] as JsonArray ?? []).Select(finalizer => (string)finalizer!)],
            metadata["deletionTimestamp"] is not null);
    }

    public override string ToString() =>
        $"{Place}#{Uid}{(IsDeleting ? " going" : "")} <- [{string.Join(' ', Owners)}] held by [{string.Join(' ', Finalizers)}]";
}
