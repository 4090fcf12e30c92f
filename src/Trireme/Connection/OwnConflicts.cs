using Trireme.Commands;
using Trireme.Contracts.Resources;
using Trireme.Kubernetes;

namespace Trireme.Connection;

/// <summary>
/// Tells conflicts of server-side apply that this command line has with itself: what rollout undo wrote into spec.release must not stand in
/// the way of the next apply of the same manifest.
/// </summary>
internal static class OwnConflicts
{
    /// <summary>True if every field in conflict was last written by this command line.</summary>
    public static bool Are(ApiException exception) =>
        exception.Status.Details?.Causes is { Count: > 0 } causes
        && causes.All(static cause => IsWith(ApplyCommand.FieldManager, cause) || IsWith(TriremeApi.UndoFieldManager, cause));

    /// <summary>The fields that an undo wrote and that are wanted otherwise.</summary>
    public static IReadOnlyList<string> Undone(ApiException exception) =>
    [
        .. (exception.Status.Details?.Causes ?? [])
            .Where(static cause => IsWith(TriremeApi.UndoFieldManager, cause))
            .Select(static cause => cause.Field ?? ""),
    ];

    /// <summary>The API server names the other manager of a field like this, in Kubernetes and here.</summary>
    private static bool IsWith(string manager, StatusCause cause) =>
        cause is { Reason: "FieldManagerConflict", Message: { } message }
        && message.StartsWith($"conflict with \"{manager}\"", StringComparison.Ordinal);
}
