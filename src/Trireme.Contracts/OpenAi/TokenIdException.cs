using System.Text.Json;

namespace Trireme.Contracts.OpenAi;

/// <summary>A number where a token id belongs that no vocabulary has, such as a fraction.</summary>
/// <param name="place">Where it is within its field, such as [3].</param>
/// <param name="id">The number as it was written.</param>
public sealed class TokenIdException(string place, string id) : JsonException($"{place} is {id}, which is no token id.")
{
    /// <summary>Where it is within its field, such as [3].</summary>
    public string Place => place;

    /// <summary>The number as it was written.</summary>
    public string Id => id;
}
