using System.Text;
using System.Text.Json;

namespace Trireme.Gateway.Accounting;

/// <summary>Why an engine ended an answer. The usual reasons are constants, so that reading one allocates nothing.</summary>
internal static class FinishReasons
{
    /// <summary>Longer than any reason an engine gives.</summary>
    private const int MaxLength = 64;

    private static readonly string[] Known = ["stop", "length", "tool_calls", "content_filter", "function_call", "abort", "error"];

    /// <summary>The reason as a label, of which there are five: an engine may make up others without end.</summary>
    public static string Label(string reason) => reason switch
    {
        "stop" or "length" or "tool_calls" or "content_filter" => reason,
        "function_call" => "tool_calls",
        _ => "other",
    };

    /// <summary>The reason in a value of "finish_reason"; null while the answer goes on.</summary>
    public static string? Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String) return null;
        foreach (string reason in Known)
        {
            if (reader.ValueTextEquals(reason)) return reason;
        }

        return reader.ValueSpan.Length <= MaxLength ? Encoding.UTF8.GetString(reader.ValueSpan) : "other";
    }
}
