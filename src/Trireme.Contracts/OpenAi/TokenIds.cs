using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Trireme.Contracts.Serialization;

namespace Trireme.Contracts.OpenAi;

/// <summary>Lists of token ids in requests, and what is said of one that is none.</summary>
public static class TokenIds
{
    /// <summary>Characters of a number that a message repeats.</summary>
    private const int ShownLength = 40;

    /// <summary>The message about a value that is no token of a vocabulary.</summary>
    /// <param name="place">Where it is, such as prompt[3].</param>
    /// <param name="id">The value as it was written.</param>
    /// <param name="vocabularySize">Tokens of the model.</param>
    public static string Refusal(string place, string id, int vocabularySize) =>
        $"{place} is {Shown(id)}, which is no token: {Vocabulary(vocabularySize)}";

    /// <summary>The same about the name of a member, where tokens are the keys of an object.</summary>
    public static string KeyRefusal(string field, string key, int vocabularySize) =>
        $"{field} has the key '{Shown(key)}', which is no token: {Vocabulary(vocabularySize)}";

    private static string Shown(string id) => id.Length <= ShownLength ? id : id[..ShownLength] + "…";

    private static string Vocabulary(int size) => string.Create(
        CultureInfo.InvariantCulture, $"the model's vocabulary has {size} tokens, with ids from 0 to {size - 1}.");

    /// <summary>The index of the first id that a vocabulary does not have; -1 where it has all.</summary>
    public static int FindUnknown(IReadOnlyList<int> ids, int vocabularySize)
    {
        ArgumentNullException.ThrowIfNull(ids);
        for (int i = 0; i < ids.Count; i++)
        {
            if ((uint)ids[i] >= (uint)vocabularySize) return i;
        }

        return -1;
    }

    /// <summary>Reads from the first element, or the end, of a list of ids to its end.</summary>
    /// <param name="reader">Stands at that element.</param>
    /// <param name="place">Where the list is within its field; empty for the field itself.</param>
    /// <exception cref="TokenIdException">An element is a number that is no id of any vocabulary.</exception>
    /// <exception cref="JsonException">An element is no number.</exception>
    internal static List<int> Read(ref Utf8JsonReader reader, string place)
    {
        var ids = new List<int>();
        for (; reader.TokenType != JsonTokenType.EndArray; reader.Read())
        {
            if (reader.TokenType != JsonTokenType.Number)
            {
                throw new JsonException($"{place}[{ids.Count}] must be a token id, a whole number.".TrimStart());
            }

            if (!JsonIntegers.TryRead(ref reader, int.MinValue, int.MaxValue, out long id))
            {
                throw new TokenIdException($"{place}[{ids.Count}]", Encoding.ASCII.GetString(reader.ValueSpan));
            }

            ids.Add((int)id);
        }

        return ids;
    }
}

internal sealed class TokenIdsConverter : JsonConverter<IReadOnlyList<int>>
{
    public override IReadOnlyList<int> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException();
        reader.Read();
        return TokenIds.Read(ref reader, "");
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<int> value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (int id in value) writer.WriteNumberValue(id);
        writer.WriteEndArray();
    }
}
