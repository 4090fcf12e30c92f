using System.Buffers;

namespace Trireme.Gateway.Dialects.Responses;

/// <summary>Writes the events of a streamed response, numbered one by one. Of an unstreamed one nothing is written.</summary>
internal sealed class ResponseEvents(bool isStream)
{
    private long _next;

    public bool IsStream => isStream;

    /// <summary>An event with the whole response, which follows.</summary>
    public void BeginResponse(ReadOnlySpan<byte> name, IBufferWriter<byte> output)
    {
        Begin(name, output);
        output.Write(",\"response\":"u8);
    }

    public void Added(OutputItem item, int index, IBufferWriter<byte> output)
    {
        if (!isStream) return;
        Begin("response.output_item.added"u8, output);
        WriteIndex(index, output);
        output.Write(",\"item\":"u8);
        item.WriteAdded(output);
        output.EndEvent();
        if (item.Kind == OutputKind.Call) return;
        BeginOf("response.content_part.added"u8, item, index, output);
        output.Write(",\"part\":"u8);
        item.WritePart(isEmpty: true, output);
        output.EndEvent();
    }

    public void Delta(OutputItem item, int index, ReadOnlySpan<byte> text, ReadOnlySpan<byte> logprobs, IBufferWriter<byte> output)
    {
        if (!isStream) return;
        BeginOf(
            item.Kind switch
            {
                OutputKind.Reasoning => "response.reasoning_text.delta"u8,
                OutputKind.Message => "response.output_text.delta"u8,
                _ => "response.function_call_arguments.delta"u8,
            },
            item,
            index,
            output);
        output.Write(",\"delta\":"u8);
        output.Quoted(text);
        if (item.Kind == OutputKind.Message) WriteLogprobs(logprobs, output);
        output.EndEvent();
    }

    /// <summary>The item has come to its end.</summary>
    public void Done(OutputItem item, int index, IBufferWriter<byte> output)
    {
        if (!isStream) return;
        BeginOf(
            item.Kind switch
            {
                OutputKind.Reasoning => "response.reasoning_text.done"u8,
                OutputKind.Message => "response.output_text.done"u8,
                _ => "response.function_call_arguments.done"u8,
            },
            item,
            index,
            output);
        if (item.Kind == OutputKind.Call)
        {
            output.Write(",\"name\":"u8);
            output.Quoted(item.Name);
            output.Write(",\"arguments\":"u8);
        }
        else
        {
            output.Write(",\"text\":"u8);
        }

        output.Quoted(item.Text.Span);
        if (item.Kind == OutputKind.Message) WriteLogprobs(item.Logprobs.Span, output);
        output.EndEvent();
        if (item.Kind != OutputKind.Call)
        {
            BeginOf("response.content_part.done"u8, item, index, output);
            output.Write(",\"part\":"u8);
            item.WritePart(isEmpty: false, output);
            output.EndEvent();
        }

        Begin("response.output_item.done"u8, output);
        WriteIndex(index, output);
        output.Write(",\"item\":"u8);
        item.Write(output);
        output.EndEvent();
    }

    /// <summary>Begins an event up to its number.</summary>
    public void Begin(ReadOnlySpan<byte> name, IBufferWriter<byte> output)
    {
        output.BeginEvent(name);
        output.Write(",\"sequence_number\":"u8);
        output.Number(_next++);
    }

    private void BeginOf(ReadOnlySpan<byte> name, OutputItem item, int index, IBufferWriter<byte> output)
    {
        Begin(name, output);
        output.Write(",\"item_id\":"u8);
        output.Quoted(item.Id);
        WriteIndex(index, output);
        if (item.Kind != OutputKind.Call) output.Write(",\"content_index\":0"u8);
    }

    private static void WriteIndex(int index, IBufferWriter<byte> output)
    {
        output.Write(",\"output_index\":"u8);
        output.Number(index);
    }

    private static void WriteLogprobs(ReadOnlySpan<byte> elements, IBufferWriter<byte> output)
    {
        output.Write(",\"logprobs\":["u8);
        output.Write(elements);
        output.Write("]"u8);
    }
}
