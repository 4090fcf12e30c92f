using System.Text;

namespace Trireme.Inference.Templates.Runtime;

/// <summary>Text under construction that pays for its characters.</summary>
internal sealed class BoundedText(RenderState state)
{
    private readonly StringBuilder _text = new();

    public void Append(ReadOnlySpan<char> text)
    {
        if (_text.Length + (long)text.Length > RenderState.TextLengthMax) throw state.TooLong();
        state.SpendOnText(text.Length);
        _text.Append(text);
    }

    public void Append(char character) => Append([character]);

    public override string ToString() => _text.ToString();
}
