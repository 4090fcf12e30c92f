using System.Globalization;
using System.Text;

namespace Trireme.Inference.ToolCalls;

/// <summary>Arguments that a model wrote into a text: an object with its quotes escaped, or nothing.</summary>
internal sealed class ArgumentText
{
    private readonly LenientJsonReader _reader = new();
    private readonly StringBuilder _word = new();
    private readonly StringBuilder _escape = new();
    private bool _isWhole;

    /// <summary>An object has begun.</summary>
    public bool HasObject { get; private set; }

    /// <summary>The object as JSON, as far as it was read since the caller last emptied it.</summary>
    public StringBuilder Output => _reader.Output;

    /// <summary>Characters of the object that nothing is written for yet.</summary>
    public StringBuilder Held => _reader.Held;

    /// <summary>The text may end here: after a whole object, or where it says nothing.</summary>
    public bool MayEnd => HasObject ? _isWhole : ArgumentWords.SayNothing(_word.ToString());

    public void Begin()
    {
        _reader.Reset();
        _word.Clear();
        _escape.Clear();
        HasObject = false;
        _isWhole = false;
    }

    /// <summary>Takes a character of a JSON text, escapes as they stand there; false where it cannot be arguments.</summary>
    public bool Step(char character)
    {
        if (_escape.Length == 0 && character != '\\') return Take(character);
        _escape.Append(character);
        if (_escape.Length == 1) return true;
        switch (_escape[1])
        {
            case 'u' when _escape.Length < 6:
                return true;
            case 'u':
                character = (char)int.Parse(_escape.ToString(2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
                break;
            case 'n': character = '\n'; break;
            case 'r': character = '\r'; break;
            case 't': character = '\t'; break;
            case 'b': character = '\b'; break;
            case 'f': character = '\f'; break;
        }

        _escape.Clear();
        return Take(character);
    }

    private bool Take(char character)
    {
        if (!HasObject && character == '{' && string.IsNullOrWhiteSpace(_word.ToString())) HasObject = true;
        if (!HasObject)
        {
            _word.Append(character);
            return _word.Length <= ArgumentWords.LengthMax;
        }

        if (_isWhole) return LenientJsonReader.IsSpace(character);
        JsonStep step = _reader.Step(character);
        _isWhole = step == JsonStep.Complete;
        return step != JsonStep.Invalid;
    }
}

/// <summary>What models write where a function has no arguments.</summary>
internal static class ArgumentWords
{
    public const int LengthMax = 16;

    public const string None = "{}";

    public static bool SayNothing(string text) => text.Trim() is "" or "null" or "None" or "[]" or "{}";
}
