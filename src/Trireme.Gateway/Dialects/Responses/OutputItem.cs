using System.Buffers;
using System.Text;

namespace Trireme.Gateway.Dialects.Responses;

/// <summary>An item of a response's output while it is being made. Its text keeps the escapes that it came with.</summary>
/// <param name="kind">What it is.</param>
/// <param name="id">Its id.</param>
internal sealed class OutputItem(OutputKind kind, string id) : IDisposable
{
    public OutputKind Kind => kind;

    public byte[] Id { get; } = Encoding.UTF8.GetBytes(id);

    /// <summary>What was said, thought, or the arguments of the call.</summary>
    public PooledBuffer Text { get; } = new();

    /// <summary>What is reported of its tokens: the elements of a list.</summary>
    public PooledBuffer Logprobs { get; } = new();

    /// <summary>The call's id and function.</summary>
    public byte[] CallId { get; init; } = [];

    public byte[] Name { get; init; } = [];

    /// <summary>Its end was not told, or came before the model's own.</summary>
    public bool IsIncomplete { get; set; }

    /// <summary>The item as it is before anything of it is known.</summary>
    public void WriteAdded(IBufferWriter<byte> output)
    {
        WriteBeginning("in_progress"u8, output);
        output.Write(kind == OutputKind.Call ? ",\"arguments\":\"\"}"u8 : ",\"content\":[]}"u8);
    }

    /// <summary>The item as it came to be.</summary>
    public void Write(IBufferWriter<byte> output)
    {
        WriteBeginning(IsIncomplete ? "incomplete"u8 : "completed"u8, output);
        if (kind == OutputKind.Call)
        {
            output.Write(",\"arguments\":"u8);
            output.Quoted(Text.Span);
            output.Write("}"u8);
            return;
        }

        output.Write(",\"content\":["u8);
        WritePart(isEmpty: false, output);
        output.Write("]}"u8);
    }

    /// <summary>The one part of its content.</summary>
    public void WritePart(bool isEmpty, IBufferWriter<byte> output)
    {
        output.Write(kind == OutputKind.Reasoning ? "{\"type\":\"reasoning_text\""u8 : "{\"type\":\"output_text\",\"annotations\":[]"u8);
        if (kind == OutputKind.Message)
        {
            output.Write(",\"logprobs\":["u8);
            if (!isEmpty) output.Write(Logprobs.Span);
            output.Write("]"u8);
        }

        output.Write(",\"text\":"u8);
        output.Quoted(isEmpty ? default : Text.Span);
        output.Write("}"u8);
    }

    public void Dispose()
    {
        Text.Dispose();
        Logprobs.Dispose();
    }

    private void WriteBeginning(ReadOnlySpan<byte> status, IBufferWriter<byte> output)
    {
        output.Write("{\"id\":"u8);
        output.Quoted(Id);
        output.Write(kind switch
        {
            OutputKind.Reasoning => ",\"type\":\"reasoning\",\"summary\":[],\"status\":"u8,
            OutputKind.Message => ",\"type\":\"message\",\"role\":\"assistant\",\"status\":"u8,
            _ => ",\"type\":\"function_call\",\"status\":"u8,
        });
        output.Quoted(status);
        if (kind != OutputKind.Call) return;
        output.Write(",\"call_id\":"u8);
        output.Quoted(CallId);
        output.Write(",\"name\":"u8);
        output.Quoted(Name);
    }
}

/// <summary>What an item of a response's output is.</summary>
internal enum OutputKind
{
    Reasoning,
    Message,
    Call,
}
