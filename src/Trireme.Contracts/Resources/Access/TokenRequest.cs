using Trireme.Contracts.Schema;

namespace Trireme.Contracts.Resources;

/// <summary>Asks the API server for a token of a service account.</summary>
public sealed record TokenRequest : IResource, IHasTypeMeta
{
    public static string TypeApiVersion => "authentication.k8s.io/v1";

    public static string TypeKind => "TokenRequest";

    public string ApiVersion { get; init; } = TypeApiVersion;

    public string Kind { get; init; } = TypeKind;

    public ObjectMeta Metadata { get; init; } = new();

    /// <summary>What the token is for.</summary>
    public TokenRequestSpec? Spec { get; init; }

    /// <summary>The token.</summary>
    public TokenRequestStatus? Status { get; init; }
}

public sealed record TokenRequestSpec
{
    /// <summary>Whom the token may be presented to; the API server where none is named.</summary>
    public IReadOnlyList<string>? Audiences { get; init; }

    /// <summary>How long it is good, from 600; 3600 where absent. The server may shorten it.</summary>
    public long? ExpirationSeconds { get; init; }

    /// <summary>A Secret or Pod without which the token is good no longer.</summary>
    public BoundObjectReference? BoundObjectRef { get; init; }
}

/// <summary>An object that a token lives no longer than.</summary>
public sealed record BoundObjectReference
{
    /// <summary>Pod or Secret.</summary>
    public string? Kind { get; init; }

    /// <summary>v1.</summary>
    public string? ApiVersion { get; init; }

    /// <summary>Its name.</summary>
    public string? Name { get; init; }

    /// <summary>Its UID; that of the object of the name where absent.</summary>
    public string? Uid { get; init; }
}

public sealed record TokenRequestStatus
{
    /// <summary>The token. It is shown this once.</summary>
    public required string Token { get; init; }

    /// <summary>Until when it is good.</summary>
    public required DateTimeOffset ExpirationTimestamp { get; init; }
}
