using System.Text.Json;

namespace Trireme.Operator.Releases;

/// <summary>The tokens of a tokenizer.json, as far as weights must have vectors for them.</summary>
/// <param name="Last">The highest id of the vocabulary itself; null where it is not written as one.</param>
/// <param name="Added">Tokens added to it, by their text.</param>
internal sealed record TokenizerParts(long? Last, IReadOnlyDictionary<string, long> Added)
{
    private const int DepthMax = 64;

    /// <summary>Null for what is no tokenizer.json.</summary>
    public static TokenizerParts? Read(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = DepthMax });
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return null;
            long? last = null;
            var added = new Dictionary<string, long>(StringComparer.Ordinal);
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("added_tokens"u8)) ReadAdded(ref reader, added);
                else if (reader.ValueTextEquals("model"u8)) last = ReadModel(ref reader);
                else reader.Skip();
            }

            return new TokenizerParts(last, added);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static long? ReadModel(ref Utf8JsonReader reader)
    {
        long? last = null;
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return null;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("vocab"u8)) last = ReadVocabulary(ref reader);
            else reader.Skip();
        }

        return last;
    }

    /// <summary>Tokens with their ids, or in the order of their ids.</summary>
    private static long? ReadVocabulary(ref Utf8JsonReader reader)
    {
        long? last = null;
        reader.Read();
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long id)) last = Math.Max(last ?? 0, id);
                else reader.Skip();
            }
        }
        else if (reader.TokenType == JsonTokenType.StartArray)
        {
            for (long id = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; id++)
            {
                reader.Skip();
                last = id;
            }
        }

        return last;
    }

    private static void ReadAdded(ref Utf8JsonReader reader, Dictionary<string, long> added)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            long? id = null;
            string? text = null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                bool isId = reader.ValueTextEquals("id"u8), isText = reader.ValueTextEquals("content"u8);
                reader.Read();
                if (isId && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long number)) id = number;
                else if (isText && reader.TokenType == JsonTokenType.String) text = reader.GetString();
                else reader.Skip();
            }

            if (id is { } known && text is { Length: > 0 }) added[text] = known;
        }
    }
}
