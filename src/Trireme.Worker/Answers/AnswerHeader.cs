using System.Text.Json;

namespace Trireme.Worker.Answers;

/// <summary>What is the same in every chunk of an answer; encoded once.</summary>
internal sealed class AnswerHeader(string id, string model, string? release, DateTimeOffset created)
{
    private readonly JsonEncodedText _id = JsonEncodedText.Encode(id);
    private readonly JsonEncodedText _model = Encode(model);
    private readonly JsonEncodedText? _release = release is null ? null : Encode(release);
    private readonly long _created = created.ToUnixTimeSeconds();

    public string Id { get; } = id;

    /// <summary>Writes the first fields of an object that has just been started.</summary>
    public void Write(Utf8JsonWriter json, ReadOnlySpan<byte> objectType)
    {
        json.WriteString("id"u8, _id);
        json.WriteString("object"u8, objectType);
        json.WriteNumber("created"u8, _created);
        json.WriteString("model"u8, _model);
        if (_release is { } release) json.WriteString("system_fingerprint"u8, release);
    }

    private static JsonEncodedText Encode(string text) => JsonEncodedText.Encode(text, Http.EventStream.JsonOptions.Encoder);
}
