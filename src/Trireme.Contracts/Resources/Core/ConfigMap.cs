using Trireme.Contracts.Schema;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Resources;

/// <summary>Plain configuration by key.</summary>
public sealed record ConfigMap : IResource, IHasTypeMeta, IValidatable
{
    public static string TypeApiVersion => "v1";

    public static string TypeKind => "ConfigMap";

    public string ApiVersion { get; init; } = TypeApiVersion;

    public string Kind { get; init; } = TypeKind;

    public required ObjectMeta Metadata { get; init; }

    /// <summary>Values as text.</summary>
    public IReadOnlyDictionary<string, string>? Data { get; init; }

    /// <summary>Values in base64.</summary>
    public IReadOnlyDictionary<string, string>? BinaryData { get; init; }

    /// <summary>True if data may never change again.</summary>
    public bool? Immutable { get; init; }

    public void Validate(FieldErrors errors)
    {
        KeyedData.ValidateKeys("data", Data, errors);
        KeyedData.ValidateKeys("binaryData", BinaryData, errors);
        foreach (string key in (Data?.Keys ?? []).Intersect(BinaryData?.Keys ?? []))
        {
            errors.Invalid($"data[{key}]", "the key is in binaryData too; keep one of both");
        }

        KeyedData.ValidateSize(KeyedData.TextBytes(Data) + KeyedData.Base64Bytes("binaryData", BinaryData, errors), errors);
    }
}
