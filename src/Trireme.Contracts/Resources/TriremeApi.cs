namespace Trireme.Contracts.Resources;

/// <summary>Names every Trireme object shares.</summary>
public static class TriremeApi
{
    public const string Group = "trireme.dev";

    public const string Version = Group + "/v1alpha1";

    public const string DefaultNamespace = "default";

    /// <summary>Label with the name of the owning ModelService.</summary>
    public const string ServiceLabel = Group + "/service";

    /// <summary>Label with the name of the Release a replica runs.</summary>
    public const string ReleaseLabel = Group + "/release";

    /// <summary>Label with the hash of everything a replica is started from; replicas with another hash are replaced.</summary>
    public const string TemplateHashLabel = Group + "/template-hash";

    /// <summary>Finalizer that keeps a replica's object until its process has drained and ended.</summary>
    public const string ReplicaFinalizer = Group + "/drain";

    /// <summary>Annotation of a ModelService: content hash of the release to promote without waiting for the judge.</summary>
    public const string PromoteAnnotation = Group + "/promote";

    /// <summary>Type of the Secrets that hold hashed API keys.</summary>
    public const string ApiKeySecretType = Group + "/api-key";
}
