using System.Globalization;
using System.Text;

namespace Trireme.Inference.ToolCalls;

/// <summary>
/// Reads a text between quotes as models write it and writes it as JSON does: raw control characters become escapes, a backslash before
/// a character that has no escape stands for itself, and half a surrogate pair becomes U+FFFD, which every reader takes.
/// </summary>
/// <param name="output">What is written.</param>
/// <param name="held">Characters taken that nothing is written for yet. Empty before and after a text.</param>
internal sealed class LenientString(StringBuilder output, StringBuilder held)
{
    private const string Half = "\\ufffd";
    private const int EscapeLength = 6;

    private char _quote;
    private State _state;
    private int _digits;
    private bool _holdsHigh;

    private enum State : byte
    {
        Text,
        Escape,
        Digits,
    }

    public void Begin(char quote)
    {
        (_quote, _state, _holdsHigh) = (quote, State.Text, false);
        output.Append('"');
    }

    /// <summary>Takes a character; true when it ends the text.</summary>
    public bool Step(char character)
    {
        if (_state == State.Text) return TakeText(character);
        if (_state == State.Digits) return TakeDigit(character);
        TakeEscape(character);
        return false;
    }

    /// <summary>Ends a text that was cut; half an escape is left out.</summary>
    public void Finish()
    {
        held.Clear();
        output.Append('"');
    }

    private bool TakeText(char character)
    {
        if (character == '\\')
        {
            held.Append(character);
            _state = State.Escape;
            return false;
        }

        DropHigh();
        if (character == _quote)
        {
            output.Append('"');
            return true;
        }

        Write(character);
        return false;
    }

    private void TakeEscape(char character)
    {
        if (character == 'u')
        {
            held.Append(character);
            (_state, _digits) = (State.Digits, 0);
            return;
        }

        DropHigh();
        held.Clear();
        _state = State.Text;
        if ("\"\\/bfnrt".Contains(character, StringComparison.Ordinal))
        {
            output.Append('\\').Append(character);
            return;
        }

        if (character != '\'') output.Append("\\\\");
        Write(character);
    }

    private bool TakeDigit(char character)
    {
        if (!char.IsAsciiHexDigit(character))
        {
            DropHigh();
            output.Append("\\\\").Append(held, 1, held.Length - 1);
            held.Clear();
            _state = State.Text;
            return TakeText(character);
        }

        held.Append(character);
        if (++_digits < 4) return false;
        _state = State.Text;
        TakeUnit((char)int.Parse(held.ToString(held.Length - 4, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
        return false;
    }

    private void TakeUnit(char unit)
    {
        bool isPair = _holdsHigh && char.IsLowSurrogate(unit);
        if (!isPair) DropHigh();
        _holdsHigh = char.IsHighSurrogate(unit);
        if (_holdsHigh) return;
        if (!isPair && char.IsLowSurrogate(unit)) output.Append(Half);
        else output.Append(held);
        held.Clear();
    }

    /// <summary>Gives up on the first half of a pair whose second half does not follow.</summary>
    private void DropHigh()
    {
        if (!_holdsHigh) return;
        output.Append(Half);
        held.Remove(0, EscapeLength);
        _holdsHigh = false;
    }

    private void Write(char character)
    {
        switch (character)
        {
            case '"': output.Append("\\\""); break;
            case '\n': output.Append("\\n"); break;
            case '\r': output.Append("\\r"); break;
            case '\t': output.Append("\\t"); break;
            case '\b': output.Append("\\b"); break;
            case '\f': output.Append("\\f"); break;
            case < ' ': output.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}"); break;
            default: output.Append(character); break;
        }
    }
}
