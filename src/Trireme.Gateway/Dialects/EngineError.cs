using Trireme.Contracts.OpenAi;
using Trireme.Gateway.Surface;

namespace Trireme.Gateway.Dialects;

/// <summary>Reads what an engine says that went wrong: OpenAI's envelope, or one of those that engines have beside it.</summary>
internal static class EngineError
{
    /// <summary>An error that comes within a stream.</summary>
    public static GatewayError Of(JsonSlice error) => Read(502, error);

    /// <summary>The body of an answer with an error.</summary>
    public static GatewayError Of(int status, ReadOnlySpan<byte> body)
    {
        JsonSlice document = JsonSlice.Parse(body);
        JsonSlice error = document["error"u8];
        return Read(status, error.IsNull ? document : error);
    }

    private static GatewayError Read(int status, JsonSlice error)
    {
        string? message = error.AsString() ?? error["message"u8].AsString() ?? error["detail"u8].AsString();
        return new GatewayError(
            status,
            error["code"u8].AsString() ?? (status < 500 ? OpenAiErrorTypes.InvalidRequest : OpenAiErrorTypes.Server),
            message ?? $"The replica answered with status {status} and did not say why.",
            error["param"u8].AsString());
    }
}
