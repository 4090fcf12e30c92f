using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Trireme.Contracts.OpenAi;

/// <summary>The one JSON form of the OpenAI interface: snake_case, absent instead of null, unknown fields kept or skipped.</summary>
public static class OpenAiJson
{
    public static JsonSerializerOptions Options { get; } = CreateOptions();

    private static JsonSerializerOptions CreateOptions()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.General)
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            // Generated text holds quotes and every script; the output is JSON for programs, never HTML.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            Converters = { new JsonInt32Converter(), new JsonInt64Converter() },
        };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
