using System.Text.Json.Serialization;

namespace Trireme.Contracts.OpenAi;

/// <summary>Answer of GET /v1/models.</summary>
public sealed record ModelList
{
    [JsonPropertyName("object")]
    public string ObjectType { get; init; } = "list";

    public IReadOnlyList<ModelCard> Data { get; init; } = [];
}

/// <summary>A model clients may name.</summary>
public sealed record ModelCard
{
    public string Id { get; init; } = "";

    [JsonPropertyName("object")]
    public string ObjectType { get; init; } = "model";

    /// <summary>Seconds since 1970.</summary>
    public long Created { get; init; }

    public string? OwnedBy { get; init; }

    /// <summary>Where the model was loaded from.</summary>
    public string? Root { get; init; }

    /// <summary>The model an adapter belongs to.</summary>
    public string? Parent { get; init; }

    /// <summary>Longest prompt plus answer in tokens.</summary>
    public int? MaxModelLen { get; init; }
}
