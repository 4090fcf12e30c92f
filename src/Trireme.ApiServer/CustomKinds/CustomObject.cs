using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;

namespace Trireme.ApiServer.CustomKinds;

/// <summary>What the server itself knows of an object of a custom kind: whose it is. The rest is for the schema of its version.</summary>
internal sealed record CustomObject : IResource
{
    public string ApiVersion { get; init; } = "";

    public string Kind { get; init; } = "";

    public required ObjectMeta Metadata { get; init; }

    /// <summary>The part of every custom object that is the same: all other members are taken as they are.</summary>
    public static SchemaNode Schema { get; } = SchemaGenerator.For(typeof(CustomObject)) with { PreservesUnknownFields = true };

    /// <summary>A kind that has this part and nothing else, for checks of metadata.</summary>
    public static ResourceDefinition Envelope { get; } = new()
    {
        Group = "",
        Version = "",
        Kind = "",
        Plural = "",
        ClrType = typeof(CustomObject),
        Schema = Schema,
    };
}
