using Trireme.Contracts.Schema;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Resources;

/// <summary>Values that are not shown in listings.</summary>
public sealed record Secret : IResource, IHasTypeMeta, IValidatable
{
    public static string TypeApiVersion => "v1";

    public static string TypeKind => "Secret";

    public string ApiVersion { get; init; } = TypeApiVersion;

    public string Kind { get; init; } = TypeKind;

    public required ObjectMeta Metadata { get; init; }

    /// <summary>What the values are for; Opaque when absent.</summary>
    public string? Type { get; init; }

    /// <summary>Values in base64.</summary>
    public IReadOnlyDictionary<string, string>? Data { get; init; }

    /// <summary>Values as text; the server moves them to data.</summary>
    public IReadOnlyDictionary<string, string>? StringData { get; init; }

    /// <summary>True if data may never change again.</summary>
    public bool? Immutable { get; init; }

    public void Validate(FieldErrors errors)
    {
        KeyedData.ValidateKeys("data", Data, errors);
        KeyedData.ValidateKeys("stringData", StringData, errors);
        KeyedData.ValidateSize(KeyedData.Base64Bytes("data", Data, errors) + KeyedData.TextBytes(StringData), errors);
        SecretTypes.Validate(this, errors);
    }
}
