using Trireme.Contracts.Resources;
using Trireme.Kubernetes;

namespace Trireme.Connection;

/// <summary>
/// The fields that stand in the way of server-side apply, by whose they are. What a person ordered through this platform, such as rollout
/// undo, gives way to the next apply of a manifest; what is another writer's does not.
/// </summary>
internal sealed class ApplyConflicts
{
    private const string Prefix = "conflict with ";

    private readonly IReadOnlyList<StatusCause> _causes;

    private ApplyConflicts(IReadOnlyList<StatusCause> causes) => _causes = causes;

    /// <summary>The fields that an undo wrote and that are wanted otherwise.</summary>
    public IReadOnlyList<string> Undone => [.. _causes.Where(static cause => IsWith(TriremeApi.UndoFieldManager, cause)).Select(FieldOf)];

    /// <summary>The fields of other writers, each with who has it.</summary>
    public IReadOnlyList<string> Foreign =>
    [
        .. _causes
            .Where(static cause => !TriremeApi.OrderFieldManagers.Any(manager => IsWith(manager, cause)))
            .Select(static cause => $"{FieldOf(cause)} is owned by {cause.Message![Prefix.Length..]}"),
    ];

    /// <summary>Null where the server refused for anything but fields of other writers.</summary>
    public static ApplyConflicts? Of(ApiException exception) =>
        exception.IsConflict
        && exception.Status.Details?.Causes is { Count: > 0 } causes
        && causes.All(static cause => cause is { Reason: "FieldManagerConflict", Message: { } message }
            && message.StartsWith(Prefix, StringComparison.Ordinal))
            ? new ApplyConflicts(causes)
            : null;

    /// <summary>Says which fields are another writer's and what can be done; the fields of orders are no reason to refuse.</summary>
    public string Explain()
    {
        string fields = Foreign.Count == 1 ? "the field" : "those fields";
        return $"{string.Join("; ", Foreign)}. Nothing of it was applied: leave {fields} out of the manifest or give the value that is "
            + "there, or take over with --force-conflicts";
    }

    private static string FieldOf(StatusCause cause) => cause.Field?.TrimStart('.') ?? "a field";

    /// <summary>The API server names the other manager of a field like this, in Kubernetes and here.</summary>
    private static bool IsWith(string manager, StatusCause cause) =>
        cause.Message!.StartsWith($"{Prefix}\"{manager}\"", StringComparison.Ordinal);
}
