using Trireme.Commands;
using Trireme.Kubernetes;

namespace Trireme.Connection;

/// <summary>
/// Tells conflicts of server-side apply that this command line has with itself: what rollout undo wrote into spec.release must not stand in
/// the way of the next apply of the same manifest.
/// </summary>
internal static class OwnConflicts
{
    /// <summary>How the API server names the other manager of a field, in Kubernetes and here.</summary>
    private const string Own = $"conflict with \"{ApplyCommand.FieldManager}\"";

    /// <summary>True if every field in conflict was last written by this command line.</summary>
    public static bool Are(ApiException exception) =>
        exception.Status.Details?.Causes is { Count: > 0 } causes
        && causes.All(static cause => cause is { Reason: "FieldManagerConflict", Message: { } message }
            && message.StartsWith(Own, StringComparison.Ordinal));
}
