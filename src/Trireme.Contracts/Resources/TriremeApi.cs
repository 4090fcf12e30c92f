namespace Trireme.Contracts.Resources;

/// <summary>Names every Trireme object shares.</summary>
public static class TriremeApi
{
    public const string Group = "trireme.dev";

    public const string Version = Group + "/v1alpha1";

    public const string DefaultNamespace = "default";

    /// <summary>Namespace of what belongs to the platform itself.</summary>
    public const string SystemNamespace = "kube-system";

    /// <summary>Label that says which part of the platform an object belongs to.</summary>
    public const string ComponentLabel = Group + "/component";

    /// <summary>Component of the Leases by which gateways in processes of their own are known.</summary>
    public const string GatewayComponent = "gateway";

    /// <summary>Annotation of such a Lease: the address of the gateway's metrics.</summary>
    public const string MetricsUrlAnnotation = Group + "/metrics-url";

    /// <summary>Label with the name of the owning ModelService.</summary>
    public const string ServiceLabel = Group + "/service";

    /// <summary>Label with the name of the Release a replica runs.</summary>
    public const string ReleaseLabel = Group + "/release";

    /// <summary>Label with the hash of everything a replica is started from; replicas with another hash are replaced.</summary>
    public const string TemplateHashLabel = Group + "/template-hash";

    /// <summary>Finalizer that keeps a replica's object until its process has drained and ended.</summary>
    public const string ReplicaFinalizer = Group + "/drain";

    /// <summary>
    /// Annotation of a ModelService: the move and the release to promote without waiting for the judge, as <see cref="OrderText"/>
    /// writes them.
    /// </summary>
    public const string PromoteAnnotation = Group + "/promote";

    /// <summary>
    /// Annotation of a ModelService: the last move and the release to go back to at once, as <see cref="OrderText"/> writes them. It says
    /// how to move to the release that spec.release names.
    /// </summary>
    public const string UndoAnnotation = Group + "/undo";

    /// <summary>
    /// Annotation of a ModelService: uid of the FleetRollout that last named its release, written together with it. Of a Release: the
    /// name of the FleetRollout that made it.
    /// </summary>
    public const string FleetRolloutAnnotation = Group + "/fleet-rollout";

    /// <summary>
    /// Who a person's writes are made for, whatever they use: with one manager, what is undone on a page and what is applied from a file
    /// next do not conflict.
    /// </summary>
    public const string PersonFieldManager = "trireme-cli";

    /// <summary>
    /// Who has a field that an undo wrote. The name is what "kubectl apply --server-side" tells a person of the conflict, so it says what
    /// was done.
    /// </summary>
    public const string UndoFieldManager = "trireme-rollout-undo";

    /// <summary>Writers of a person's orders, such as undo, promote and restart; the next apply takes them back.</summary>
    public static IReadOnlyList<string> OrderFieldManagers { get; } = [PersonFieldManager, UndoFieldManager];

    /// <summary>Type of the Secrets that hold hashed API keys.</summary>
    public const string ApiKeySecretType = Group + "/api-key";

    /// <summary>
    /// What a person says about a move: "ROLLOUTID/CONTENTHASH", and after another slash anything that tells it from what was said of the
    /// same move before. It counts for the move it names, once: an annotation that stays on the object says nothing about a later move.
    /// </summary>
    public static string OrderText(string? rolloutId, string contentHash, string? nonce = null) =>
        nonce is null ? $"{rolloutId}/{contentHash}" : $"{rolloutId}/{contentHash}/{nonce}";

    /// <summary>True if a text is such a word about this move, to whichever release.</summary>
    public static bool IsOrderOf(string text, string? rolloutId)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.StartsWith(rolloutId + '/', StringComparison.Ordinal);
    }

    /// <summary>True if a text is such a word about this move and release.</summary>
    public static bool IsOrder(string? text, string? rolloutId, string contentHash)
    {
        if (text is null) return false;
        string order = OrderText(rolloutId, contentHash);
        return text == order || text.StartsWith(order + '/', StringComparison.Ordinal);
    }
}
