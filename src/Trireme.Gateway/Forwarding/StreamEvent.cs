using System.Text.Json;
using Trireme.Gateway.Accounting;

namespace Trireme.Gateway.Forwarding;

/// <summary>What one server-sent event of an answer holds.</summary>
internal readonly record struct StreamEvent
{
    /// <summary>Generated text or a call of a tool.</summary>
    public bool HasContent { get; init; }

    /// <summary>Why the engine ended the answer, which is whole then; null in other events.</summary>
    public string? FinishReason { get; init; }

    /// <summary>The engine reports that it failed.</summary>
    public bool IsError { get; init; }

    /// <summary>The end marker [DONE].</summary>
    public bool IsDone { get; init; }

    /// <summary>A comment, which keeps the connection alive.</summary>
    public bool IsComment { get; init; }

    /// <summary>The extra chunk without choices that include_usage asks for.</summary>
    public bool IsUsageOnly { get; init; }

    public TokenUsage? Usage { get; init; }

    /// <summary>Where a chunk with choices reports the tokens so far, in the event's bytes.</summary>
    public UsageField? UsageField { get; init; }

    /// <summary>Which of several answers to one request the first choice belongs to.</summary>
    public int Choice { get; init; }

    /// <summary>True when the client should see what came so far; until then another replica could still take over.</summary>
    public bool EndsHolding => HasContent || FinishReason is not null || IsError || IsDone || IsComment;

    /// <summary>Length of the first complete event with the empty line that ends it, or 0.</summary>
    /// <param name="data">Bytes from the start of an event.</param>
    /// <param name="searched">In: bytes known to hold complete lines of this event. Out: the same for the next call.</param>
    public static int FindEnd(ReadOnlySpan<byte> data, ref int searched)
    {
        int lineStart = searched;
        while (true)
        {
            int length = data[lineStart..].IndexOfAny((byte)'\n', (byte)'\r');
            int lineEnd = lineStart + length;
            // A carriage return at the end of the data may be half of a line end.
            if (length < 0 || (data[lineEnd] == '\r' && lineEnd + 1 == data.Length))
            {
                searched = lineStart;
                return 0;
            }

            int next = lineEnd + (data[lineEnd] == '\r' && data[lineEnd + 1] == '\n' ? 2 : 1);
            if (length == 0)
            {
                searched = 0;
                return next;
            }

            lineStart = next;
        }
    }

    /// <summary>
    /// Reads one complete event. What is no chunk of OpenAI's interface counts as content, so that it is passed on at once.
    /// </summary>
    public static StreamEvent Read(ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<byte> payload = PayloadOf(data, out bool comment);
        if (payload.IsEmpty) return new StreamEvent { IsComment = comment };
        if (IsEndMarker(payload)) return new StreamEvent { IsDone = true };
        try
        {
            data.Overlaps(payload, out int offset);
            return ReadChunk(payload, offset);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // A name with half of a surrogate pair is JSON that the reader compares with nothing.
            return new StreamEvent { HasContent = true };
        }
    }

    /// <summary>What the event holds; empty for a comment, and no chunk for data over several lines.</summary>
    public static ReadOnlySpan<byte> PayloadOf(ReadOnlySpan<byte> data, out bool isComment)
    {
        ReadOnlySpan<byte> payload = default;
        isComment = false;
        while (!data.IsEmpty)
        {
            int length = data.IndexOfAny((byte)'\n', (byte)'\r');
            ReadOnlySpan<byte> line = length < 0 ? data : data[..length];
            data = length < 0 ? default : data[(length + 1)..];
            if (line.StartsWith(":"u8)) isComment = true;
            if (!line.StartsWith("data:"u8)) continue;
            // Engines write each chunk on one line; a part of one is no chunk.
            if (!payload.IsEmpty) return "?"u8;
            payload = line["data:"u8.Length..].Trim((byte)' ');
        }

        return payload;
    }

    public static bool IsEndMarker(ReadOnlySpan<byte> payload) => payload.SequenceEqual("[DONE]"u8);

    /// <param name="payload">The chunk.</param>
    /// <param name="offset">Where it begins in the event.</param>
    private static StreamEvent ReadChunk(ReadOnlySpan<byte> payload, int offset)
    {
        var reader = new Utf8JsonReader(payload);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) return new StreamEvent { HasContent = true };

        bool content = false;
        string? finish = null;
        bool error = false;
        bool noChoices = false;
        int choice = 0;
        TokenUsage? usage = null;
        UsageField? field = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("choices"u8))
            {
                reader.Read();
                noChoices = !ReadChoices(ref reader, ref content, ref finish, ref choice);
            }
            else if (reader.ValueTextEquals("usage"u8))
            {
                int start = offset + (int)reader.TokenStartIndex;
                reader.Read();
                int value = offset + (int)reader.TokenStartIndex;
                usage = TokenUsage.Read(ref reader);
                if (usage is not null) field = new UsageField(start, value, offset + (int)reader.BytesConsumed);
            }
            else
            {
                bool isError = reader.ValueTextEquals("error"u8);
                reader.Read();
                error |= isError && reader.TokenType != JsonTokenType.Null;
                reader.Skip();
            }
        }

        return new StreamEvent
        {
            HasContent = content,
            FinishReason = finish,
            IsError = error,
            IsUsageOnly = noChoices && usage is not null,
            Usage = usage,
            UsageField = noChoices ? null : field,
            Choice = choice,
        };
    }

    /// <summary>Reads the array of choices; false when it is empty.</summary>
    private static bool ReadChoices(ref Utf8JsonReader reader, ref bool content, ref string? finish, ref int choice)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return true;
        }

        bool any = false;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            any = true;
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                bool isFinish = reader.ValueTextEquals("finish_reason"u8);
                bool isText = reader.ValueTextEquals("text"u8);
                bool isDelta = reader.ValueTextEquals("delta"u8);
                bool isIndex = reader.ValueTextEquals("index"u8);
                reader.Read();
                if (isIndex && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out int index)) choice = index;
                if (isFinish) finish ??= FinishReasons.Read(ref reader);
                content |= isText && HoldsSomething(ref reader);
                if (isDelta && reader.TokenType == JsonTokenType.StartObject) content |= ReadDelta(ref reader);
                else reader.Skip();
            }
        }

        return any;
    }

    /// <summary>True when the delta holds more than the role: text of any kind, or calls of tools.</summary>
    private static bool ReadDelta(ref Utf8JsonReader reader)
    {
        bool content = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isRole = reader.ValueTextEquals("role"u8);
            reader.Read();
            content |= !isRole && HoldsSomething(ref reader);
            reader.Skip();
        }

        return content;
    }

    private static bool HoldsSomething(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.String => !reader.ValueSpan.IsEmpty,
        JsonTokenType.StartArray or JsonTokenType.StartObject => true,
        _ => false,
    };
}

/// <summary>A field of an event's JSON: where its name begins, where its value does, and where that ends.</summary>
internal readonly record struct UsageField(int Start, int Value, int End);
