using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using Trireme.Contracts.OpenAi;

namespace Trireme.Gateway.Dialects;

/// <summary>Writes JSON as bytes. What came as JSON is carried on as it is; only a text of the gateway's own is escaped.</summary>
internal static class JsonOutput
{
    /// <summary>Digits of the longest number, with its sign.</summary>
    private const int NumberBytes = 20;

    public static void Number(this IBufferWriter<byte> output, long number)
    {
        Span<byte> digits = output.GetSpan(NumberBytes);
        Utf8Formatter.TryFormat(number, digits, out int written);
        output.Advance(written);
    }

    /// <summary>A text of the gateway's own with its quotes.</summary>
    public static void OwnText(this IBufferWriter<byte> output, string text) => output.Write(
        JsonSerializer.SerializeToUtf8Bytes(text, OpenAiJson.Options));

    /// <summary>A text that came as JSON, with its quotes.</summary>
    public static void Quoted(this IBufferWriter<byte> output, ReadOnlySpan<byte> escaped)
    {
        output.Write("\""u8);
        output.Write(escaped);
        output.Write("\""u8);
    }

    /// <summary>A value without the space between its parts, which would break an event into lines; null for one that is missing.</summary>
    public static void Compact(this IBufferWriter<byte> output, JsonSlice value)
    {
        if (value.IsMissing)
        {
            output.Write("null"u8);
            return;
        }

        ReadOnlySpan<byte> rest = value.Bytes;
        while (!rest.IsEmpty)
        {
            int length = rest.IndexOfAny(" \t\r\n\""u8);
            if (length < 0) length = rest.Length;
            output.Write(rest[..length]);
            rest = rest[length..];
            if (rest.IsEmpty) return;
            int part = rest[0] == '"' ? QuotedLength(rest) : 0;
            output.Write(rest[..part]);
            rest = rest[Math.Max(1, part)..];
        }
    }

    /// <summary>A value as the JSON text that holds it, which is how OpenAI's interface has the arguments of calls.</summary>
    public static void AsText(this IBufferWriter<byte> output, JsonSlice value)
    {
        using var compact = new PooledBuffer();
        compact.Compact(value);
        output.Write("\""u8);
        ReadOnlySpan<byte> rest = compact.Span;
        while (true)
        {
            int length = rest.IndexOfAny((byte)'"', (byte)'\\');
            output.Write(length < 0 ? rest : rest[..length]);
            if (length < 0) break;
            output.Write("\\"u8);
            output.Write(rest.Slice(length, 1));
            rest = rest[(length + 1)..];
        }

        output.Write("\""u8);
    }

    /// <summary>Length of the text that the bytes begin with, quotes included.</summary>
    private static int QuotedLength(ReadOnlySpan<byte> bytes)
    {
        int at = 1;
        while (true)
        {
            at += bytes[at..].IndexOfAny((byte)'"', (byte)'\\');
            if (bytes[at] == '"') return at + 1;
            at += 2;
        }
    }
}
