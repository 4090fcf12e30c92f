using System.Text;
using Trireme.Inference.Tokenizers;

namespace Trireme.Inference.Templates.Runtime;

/// <summary>Text under construction that pays for its characters and remembers whose they are.</summary>
internal sealed class BoundedText(RenderState state)
{
    private readonly StringBuilder _text = new();
    private readonly List<TextSpan> _spans = [];

    /// <summary>Appends the template's own text, or another's.</summary>
    public void Append(ReadOnlySpan<char> text, TextOrigin origin = TextOrigin.Template)
    {
        if (_text.Length + (long)text.Length > RenderState.TextLengthMax) throw state.TooLong();
        state.SpendOnText(text.Length);
        Mark(_text.Length, text.Length, origin);
        _text.Append(text);
    }

    public void Append(char character) => Append([character]);

    public void Add(TemplateText text) => Add(text, 0, text.Length);

    /// <summary>Appends a part of a text.</summary>
    public void Add(TemplateText text, int start, int length)
    {
        int offset = _text.Length - start;
        Append(text.Value.AsSpan(start, length));
        for (int i = text.FirstEndingAfter(start); i < text.Spans.Length && text.Spans[i].Start < start + length; i++)
        {
            state.Spend(1);
            int from = Math.Max(text.Spans[i].Start, start), to = Math.Min(text.Spans[i].End, start + length);
            Mark(from + offset, to - from, text.Spans[i].Origin);
        }
    }

    public TemplateText ToText() => new(_text.ToString(), [.. _spans]);

    private void Mark(int start, int length, TextOrigin origin)
    {
        if (length <= 0 || origin == TextOrigin.Template) return;
        if (_spans is [.., var last] && last.End == start && last.Origin == origin)
        {
            _spans[^1] = last with { Length = last.Length + length };
        }
        else
        {
            _spans.Add(new TextSpan(start, length, origin));
        }
    }
}
