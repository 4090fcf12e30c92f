using System.Text.Json;
using System.Text.Json.Serialization;
using Trireme.Contracts.Schema;

namespace Trireme.Contracts.Resources;

/// <summary>Standard object metadata, as Kubernetes defines it for every resource.</summary>
public sealed record ObjectMeta
{
    /// <summary>Name, unique within the namespace: a lowercase DNS subdomain of at most 253 characters.</summary>
    public string Name { get; init; } = "";

    /// <summary>Prefix from which the server makes a unique name when name is empty.</summary>
    public string? GenerateName { get; init; }

    /// <summary>Namespace, which is the tenant. Empty for cluster-scoped kinds.</summary>
    public string? Namespace { get; init; }

    /// <summary>Unique for every object that ever existed; set by the server.</summary>
    public string? Uid { get; init; }

    /// <summary>Opaque version of this object; send it back to detect lost updates.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>Counts changes of the desired state; set by the server.</summary>
    public long? Generation { get; init; }

    /// <summary>When the server created the object.</summary>
    public DateTimeOffset? CreationTimestamp { get; init; }

    /// <summary>When deletion was asked for; the object stays until its finalizers are gone.</summary>
    public DateTimeOffset? DeletionTimestamp { get; init; }

    /// <summary>Seconds the object may take to end gracefully.</summary>
    public long? DeletionGracePeriodSeconds { get; init; }

    /// <summary>Indexed key-value pairs for selection.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>Unindexed key-value pairs for tools.</summary>
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    /// <summary>Controllers that must finish before the object is removed.</summary>
    [ListSet]
    public IReadOnlyList<string>? Finalizers { get; init; }

    /// <summary>Objects this one depends on; it is collected when all of them are gone.</summary>
    [ListMap("uid")]
    public IReadOnlyList<OwnerReference>? OwnerReferences { get; init; }

    /// <summary>Which writer owns which fields; kept by the server for server-side apply.</summary>
    public IReadOnlyList<ManagedFieldsEntry>? ManagedFields { get; init; }

    /// <summary>Ignored since Kubernetes 1.20; accepted because clients still send it.</summary>
    public string? SelfLink { get; init; }

    [JsonIgnore]
    public bool IsDeleting => DeletionTimestamp is not null;
}

/// <summary>Points to an object that owns this one, in the same namespace or cluster-scoped.</summary>
public sealed record OwnerReference
{
    /// <summary>Group and version of the kind.</summary>
    public required string ApiVersion { get; init; }

    /// <summary>The kind.</summary>
    public required string Kind { get; init; }

    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <summary>The UID, which tells the object from others of its name.</summary>
    public required string Uid { get; init; }

    /// <summary>True for the one owner whose controller manages this object.</summary>
    public bool? Controller { get; init; }

    /// <summary>True if a foreground deletion of the owner waits for this object.</summary>
    public bool? BlockOwnerDeletion { get; init; }
}

/// <summary>The fields one writer last applied or updated.</summary>
public sealed record ManagedFieldsEntry
{
    /// <summary>Name of the writer.</summary>
    public string? Manager { get; init; }

    /// <summary>Apply or Update.</summary>
    public string? Operation { get; init; }

    /// <summary>Group and version of the kind.</summary>
    public string? ApiVersion { get; init; }

    /// <summary>When the writer last changed them.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>FieldsV1, the only form there is.</summary>
    public string? FieldsType { get; init; }

    /// <summary>Owned field paths as a tree of "f:name", "k:{key}" and "v:value" members.</summary>
    public JsonElement? FieldsV1 { get; init; }

    /// <summary>The subresource it wrote through; empty for the object itself.</summary>
    public string? Subresource { get; init; }
}
