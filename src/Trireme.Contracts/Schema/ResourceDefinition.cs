using Trireme.Contracts.Resources;

namespace Trireme.Contracts.Schema;

/// <summary>
/// Everything the system knows about one kind. The API server, the CRDs, the command line and the clients read this one
/// description, so a kind is added by adding it to the catalog.
/// </summary>
public sealed record ResourceDefinition
{
    /// <summary>API group; empty for the core group.</summary>
    public required string Group { get; init; }

    public required string Version { get; init; }

    public required string Kind { get; init; }

    /// <summary>Name in URLs: lowercase, plural.</summary>
    public required string Plural { get; init; }

    public IReadOnlyList<string> ShortNames { get; init; } = [];

    public bool Namespaced { get; init; } = true;

    /// <summary>True if any segment of a path is a name, such as system:discovery; names are otherwise DNS subdomains.</summary>
    public bool HasPathNames { get; init; }

    /// <summary>True if status is a subresource that ordinary writes leave alone.</summary>
    public bool HasStatus { get; init; }

    /// <summary>True if the spec may never change after creation.</summary>
    public bool SpecIsImmutable => InsteadOfChange is not null;

    /// <summary>What to do instead of changing the spec, for kinds whose spec may never change; null for the others.</summary>
    public string? InsteadOfChange { get; init; }

    /// <summary>Kinds of the same group whose objects these need; the type is an IUsesObjects that says which.</summary>
    public IReadOnlyList<string> UsedKinds { get; init; } = [];

    /// <summary>Where the number is that kubectl scale and autoscalers set; null for kinds that are not scaled.</summary>
    public ScalePaths? Scale { get; init; }

    public required Type ClrType { get; init; }

    public IReadOnlyList<PrinterColumn> Columns { get; init; } = [];

    /// <summary>Name of one in words; the kind in lower case where no other is given.</summary>
    public string Singular
    {
        get => field ?? Kind.ToLowerInvariant();
        init;
    }

    /// <summary>Kind of a list of them; the kind with "List" behind it where no other is given.</summary>
    public string ListKind
    {
        get => field ?? Kind + "List";
        init;
    }

    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>What its objects hold; derived from <see cref="ClrType"/> where no other is given.</summary>
    public SchemaNode Schema
    {
        get => field ??= SchemaGenerator.For(ClrType);
        init;
    }

    /// <summary>Path under which the kind's collection is served, without namespace: "/api/v1" or "/apis/group/version".</summary>
    public string BasePath => Group.Length == 0 ? $"/api/{Version}" : $"/apis/{Group}/{Version}";

    /// <summary>Whether users mean this kind by a word: its kind, plural, singular or short name, in any case.</summary>
    public bool IsNamed(string word) =>
        Kind.Equals(word, StringComparison.OrdinalIgnoreCase)
        || Plural.Equals(word, StringComparison.OrdinalIgnoreCase)
        || ShortNames.Contains(word, StringComparer.OrdinalIgnoreCase);

    public static ResourceDefinition Of<T>(string plural, params IReadOnlyList<PrinterColumn> columns)
        where T : IResource, IHasTypeMeta
    {
        int slash = T.TypeApiVersion.IndexOf('/', StringComparison.Ordinal);
        return new ResourceDefinition
        {
            Group = slash < 0 ? "" : T.TypeApiVersion[..slash],
            Version = T.TypeApiVersion[(slash + 1)..],
            Kind = T.TypeKind,
            Plural = plural,
            ClrType = typeof(T),
            Columns = columns,
        };
    }
}

/// <summary>The fields behind the scale subresource, as dotted paths such as "spec.replicas".</summary>
/// <param name="Wanted">The number that is wanted.</param>
/// <param name="Present">The number there is.</param>
/// <param name="DecidedBy">Where it is set, the number is decided by it, and setting it otherwise is refused.</param>
/// <param name="Selector">Where the label selector of the copies is, as text; null where there is none.</param>
public sealed record ScalePaths(string Wanted, string Present, string? DecidedBy = null, string? Selector = null);

/// <summary>Gives a resource type's API version and kind without an instance.</summary>
public interface IHasTypeMeta
{
    static abstract string TypeApiVersion { get; }

    static abstract string TypeKind { get; }
}
