using System.Text.Json;
using Trireme.Contracts.Http;
using Trireme.Gateway.Surface;

namespace Trireme.Gateway.Admission;

/// <summary>Walks over a request body once. Only the fields it knows are looked at; their values and all others pass through.</summary>
internal struct RequestScanner
{
    private static readonly byte[] OptionsWithUsage = "\"stream_options\":{\"include_usage\":true},"u8.ToArray();
    private static readonly byte[] ObjectWithUsage = "{\"include_usage\":true}"u8.ToArray();
    private static readonly byte[] OnlyUsage = "\"include_usage\":true"u8.ToArray();
    private static readonly byte[] UsageFirst = "\"include_usage\":true,"u8.ToArray();
    private static readonly byte[] True = "true"u8.ToArray();
    private static readonly byte[] EachUsage = "{\"include_usage\":true,\"continuous_usage_stats\":true}"u8.ToArray();
    private static readonly byte[] OptionsWithEachUsage =
        "\"stream_options\":{\"include_usage\":true,\"continuous_usage_stats\":true},"u8.ToArray();

    private RequestScan _scan;
    private Fields _seen;
    private BodyPatch? _usagePatch;
    private BodyPatch? _meteredPatch;
    private bool _asksUsage;

    [Flags]
    private enum Fields
    {
        None = 0,
        Model = 1,
        Stream = 2,
        StreamOptions = 4,
        User = 8,
        IncludeUsage = 16,
    }

    public readonly RequestScan Result => !_scan.Stream
        ? _scan
        : _scan with { UsagePatch = _usagePatch, AsksUsage = _asksUsage, MeteredPatch = _meteredPatch };

    public GatewayError? Read(ReadOnlySpan<byte> body)
    {
        // The reader's own limit is one level further, so that a body over this one is not taken for broken JSON.
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = RequestLimits.JsonLevels + 1 });
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) return GatewayErrors.NotAnObject;
        _usagePatch = new BodyPatch((int)reader.TokenStartIndex + 1, 0, OptionsWithUsage);
        _meteredPatch = new BodyPatch((int)reader.TokenStartIndex + 1, 0, OptionsWithEachUsage);

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            Fields field = FieldOf(ref reader);
            if (field != Fields.None && (_seen & field) != 0) return GatewayErrors.DuplicateField(NameOf(field));
            _seen |= field;
            reader.Read();
            if (ReadValue(ref reader, field) is { } error) return error;
            if (!TrySkip(ref reader)) return GatewayErrors.NestedTooDeeply(RequestLimits.JsonLevels);
        }

        // Whatever follows the object is an error, which the reader finds.
        reader.Read();
        return (_seen & Fields.Model) == 0 ? GatewayErrors.ModelMissing : null;
    }

    private static Fields FieldOf(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("model"u8) ? Fields.Model
        : reader.ValueTextEquals("stream"u8) ? Fields.Stream
        : reader.ValueTextEquals("stream_options"u8) ? Fields.StreamOptions
        : reader.ValueTextEquals("user"u8) ? Fields.User
        : Fields.None;

    private static string NameOf(Fields field) => field switch
    {
        Fields.Model => "model",
        Fields.Stream => "stream",
        Fields.User => "user",
        Fields.IncludeUsage => "stream_options.include_usage",
        _ => "stream_options",
    };

    private GatewayError? ReadValue(ref Utf8JsonReader reader, Fields field)
    {
        switch (field)
        {
            case Fields.Model:
                return ReadModel(ref reader);
            case Fields.Stream:
                if (reader.TokenType is not (JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null))
                {
                    return GatewayErrors.WrongType("stream", "true or false");
                }

                _scan = _scan with { Stream = reader.TokenType == JsonTokenType.True };
                return null;
            case Fields.StreamOptions:
                return ReadStreamOptions(ref reader);
            case Fields.User:
                if (reader.TokenType == JsonTokenType.String) _scan = _scan with { User = TextRange(ref reader) };
                return null;
            default:
                return null;
        }
    }

    private GatewayError? ReadModel(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String || reader.ValueSpan.IsEmpty) return GatewayErrors.ModelMissing;
        string? unescaped = null;
        try
        {
            if (reader.ValueIsEscaped) unescaped = reader.GetString();
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair is valid JSON and no text.
            return GatewayErrors.HalfCharacterIn("model");
        }

        _scan = _scan with { Model = TextRange(ref reader), UnescapedModel = unescaped };
        return null;
    }

    private GatewayError? ReadStreamOptions(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            _usagePatch = new BodyPatch((int)reader.TokenStartIndex, 4, ObjectWithUsage);
            _meteredPatch = new BodyPatch((int)reader.TokenStartIndex, 4, EachUsage);
            return null;
        }

        if (reader.TokenType != JsonTokenType.StartObject) return GatewayErrors.WrongType("stream_options", "an object");
        int start = (int)reader.TokenStartIndex;
        int inside = start + 1;
        bool empty = true;
        bool continuous = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            empty = false;
            bool isUsage = reader.ValueTextEquals("include_usage"u8);
            bool isContinuous = reader.ValueTextEquals("continuous_usage_stats"u8);
            reader.Read();
            if (isContinuous) continuous = reader.TokenType == JsonTokenType.True;
            if (isUsage)
            {
                if ((_seen & Fields.IncludeUsage) != 0) return GatewayErrors.DuplicateField(NameOf(Fields.IncludeUsage));
                _seen |= Fields.IncludeUsage;
                if (reader.TokenType is not (JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null))
                {
                    return GatewayErrors.WrongType(NameOf(Fields.IncludeUsage), "true or false");
                }

                bool asked = reader.TokenType == JsonTokenType.True;
                _asksUsage = asked;
                _usagePatch = asked ? null : new BodyPatch((int)reader.TokenStartIndex, reader.ValueSpan.Length, True);
            }

            if (!TrySkip(ref reader)) return GatewayErrors.NestedTooDeeply(RequestLimits.JsonLevels);
        }

        if ((_seen & Fields.IncludeUsage) == 0) _usagePatch = new BodyPatch(inside, 0, empty ? OnlyUsage : UsageFirst);
        // Other options of a stream are for how its bytes look, and the replica's own: with counts in every event they are left out.
        _meteredPatch = continuous && _asksUsage ? null : new BodyPatch(start, (int)reader.TokenStartIndex + 1 - start, EachUsage);
        // Counts in every event come with the usage at the end only, and that is the gateway's wish here and not the client's.
        if (continuous && _usagePatch is not null)
        {
            _usagePatch = new BodyPatch(start, (int)reader.TokenStartIndex + 1 - start, ObjectWithUsage);
        }

        return null;
    }

    /// <summary>Skips what is inside the value the reader stands on; false when that is nested too deeply.</summary>
    private static bool TrySkip(ref Utf8JsonReader reader)
    {
        if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray)) return true;
        int depth = reader.CurrentDepth;
        while (reader.Read() && reader.CurrentDepth > depth)
        {
            // The levels around a bracket that opens one more.
            bool opens = reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray;
            if (opens && reader.CurrentDepth == RequestLimits.JsonLevels) return false;
        }

        return true;
    }

    private static Range TextRange(ref Utf8JsonReader reader)
    {
        int start = (int)reader.TokenStartIndex + 1;
        return start..(start + reader.ValueSpan.Length);
    }
}
