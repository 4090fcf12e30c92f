using System.Text;
using System.Text.Json;
using Trireme.Contracts.OpenAi;
using Trireme.Gateway.Dialects;
using Trireme.Gateway.Surface;

namespace Trireme.Gateway.Admission;

/// <summary>
/// What the gateway needs of a request body, as positions in it. One pass of a reader finds it; no tree is built and nothing is
/// allocated unless the body is wrong.
/// </summary>
internal readonly record struct RequestScan
{
    /// <summary>The raw name between its quotes.</summary>
    public Range Model { get; init; }

    /// <summary>The name as text where the raw one holds escapes.</summary>
    public string? UnescapedModel { get; init; }

    public bool Stream { get; init; }

    /// <summary>The raw user field between its quotes; empty when absent.</summary>
    public Range User { get; init; }

    /// <summary>What makes a streamed answer report its tokens; null when the client asks for that itself.</summary>
    public BodyPatch? UsagePatch { get; init; }

    /// <summary>The client asks for the tokens of a streamed answer.</summary>
    public bool AsksUsage { get; init; }

    /// <summary>What makes each event of a streamed answer report the tokens so far; null when the client asks for that itself.</summary>
    public BodyPatch? MeteredPatch { get; init; }

    /// <summary>The model's name as text.</summary>
    public string ModelText(ReadOnlySpan<byte> body) => UnescapedModel ?? Encoding.UTF8.GetString(body[Model]);

    /// <summary>The model's name as the value that the body has.</summary>
    public JsonSlice ModelValue(ReadOnlySpan<byte> body) => new(body[(Model.Start.Value - 1)..(Model.End.Value + 1)]);

    /// <summary>Reads the body; null when it is sound, else what is wrong.</summary>
    public static GatewayError? TryRead(ReadOnlySpan<byte> body, out RequestScan scan)
    {
        var scanner = new RequestScanner();
        GatewayError? error;
        try
        {
            error = scanner.Read(body);
        }
        catch (JsonException exception)
        {
            error = CompressedData.FormOf(body) is { } form
                ? GatewayErrors.CompressedJson(form)
                : GatewayErrors.InvalidJson((exception.LineNumber ?? 0) + 1, (exception.BytePositionInLine ?? 0) + 1);
        }
        catch (InvalidOperationException)
        {
            // The reader cannot compare a name that holds half of a surrogate pair: valid JSON and no text.
            error = GatewayErrors.HalfCharacter;
        }

        scan = scanner.Result;
        return error;
    }
}

/// <summary>Replaces a range of the body. The rest is forwarded as it came.</summary>
internal readonly record struct BodyPatch(int Offset, int Removed, byte[] Inserted);
