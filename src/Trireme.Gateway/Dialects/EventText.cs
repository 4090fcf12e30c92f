using System.Buffers;

namespace Trireme.Gateway.Dialects;

/// <summary>Server-sent events with a name each, as both dialects have them.</summary>
internal static class EventText
{
    /// <summary>Begins an event whose document has its name as the first member.</summary>
    public static void BeginEvent(this IBufferWriter<byte> output, ReadOnlySpan<byte> name)
    {
        output.Write("event: "u8);
        output.Write(name);
        output.Write("\ndata: {\"type\":\""u8);
        output.Write(name);
        output.Write("\""u8);
    }

    /// <summary>Ends the document and the event.</summary>
    public static void EndEvent(this IBufferWriter<byte> output) => output.Write("}\n\n"u8);
}
