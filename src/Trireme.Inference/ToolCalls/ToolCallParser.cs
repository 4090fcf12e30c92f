using System.Text;

namespace Trireme.Inference.ToolCalls;

/// <summary>
/// Takes the calls of functions out of an answer while it is generated. A call is told as soon as its name is known, its arguments as
/// they are written. What looks like a call and is none is given back as content, and so is what follows a call that breaks off in
/// the middle of its arguments. White space around calls belongs to them. The result does not depend on how the text is cut into
/// pieces. Not thread-safe: one per answer.
/// </summary>
public sealed class ToolCallParser
{
    private readonly CallSyntax _syntax;
    private readonly IReadOnlySet<string> _names;
    private readonly PartWriter _output = new();
    private readonly StringBuilder _buffered = new();
    private readonly StringBuilder _name = new();
    private readonly CallReader _call;
    private readonly JsonObjectScanner _arguments = new();
    private Stage _stage;
    private string _mark = "";
    private int _matched;
    private bool _inList;
    private bool _isUnmarked;
    private bool _nameEnded;
    private bool _hasContent;
    private bool _afterCall;

    /// <param name="format">How the model writes calls.</param>
    /// <param name="names">
    /// The functions there are. Only where a call has no mark of its own does a name have to be one of them: a model that marks a call
    /// means one, and the client can tell it that there is no such function.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The format has no calls.</exception>
    public ToolCallParser(ToolCallFormat format, IReadOnlySet<string> names)
    {
        _syntax = CallSyntax.Of(format);
        _names = names;
        _call = new CallReader(_output, _buffered);
    }

    private enum Stage : byte
    {
        /// <summary>Ordinary text, where a mark may begin.</summary>
        Text,

        /// <summary>After a mark that begins calls.</summary>
        Opened,

        /// <summary>Before the brace of a call.</summary>
        Next,

        /// <summary>In a call.</summary>
        Call,

        /// <summary>After a call.</summary>
        AfterCall,

        /// <summary>In a mark that ends calls, or before it.</summary>
        Closer,

        /// <summary>In a bare name.</summary>
        Name,

        /// <summary>In a mark after a bare name.</summary>
        NameMark,

        /// <summary>In the id after a bare name.</summary>
        CallId,

        /// <summary>Between a bare name's mark and its arguments.</summary>
        BeforeArguments,

        /// <summary>In the arguments of a bare name.</summary>
        Arguments,
    }

    /// <summary>Calls that have begun.</summary>
    public int Calls => _output.Calls;

    /// <summary>The parts that the text adds. The list is valid until the next call.</summary>
    public IReadOnlyList<ToolCallPart> Append(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        _output.Begin();
        foreach (char character in text)
        {
            // A stage that does not take a character hands it to the next one, at the latest to ordinary text.
            while (!Take(character))
            {
            }
        }

        return _output.Take();
    }

    /// <summary>The parts that were held back, for an answer that has ended.</summary>
    public IReadOnlyList<ToolCallPart> Complete()
    {
        _output.Begin();
        // Marks that would have ended or separated calls belong to the calls before them.
        bool isLayout = _stage switch
        {
            Stage.Text => _afterCall && IsSpace(_buffered),
            Stage.Next or Stage.AfterCall or Stage.Closer => _afterCall,
            Stage.Call => _call.IsAnnounced,
            _ => false,
        };
        if (isLayout) _buffered.Clear();
        _output.Content(_buffered);
        return _output.Take();
    }

    private static bool IsSpace(char character) => character is ' ' or '\t' or '\n' or '\r';

    private static bool IsSpace(StringBuilder text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (!IsSpace(text[i])) return false;
        }

        return true;
    }

    private static bool IsNameCharacter(char character) => char.IsAsciiLetterOrDigit(character) || character is '_' or '-' or '.';

    private bool Take(char character) => _stage switch
    {
        Stage.Text => TakeText(character),
        Stage.Opened => TakeOpened(character),
        Stage.Next => TakeNext(character),
        Stage.Call => TakeCall(character),
        Stage.AfterCall => TakeAfterCall(character),
        Stage.Closer => TakeCloser(character),
        Stage.Name => TakeName(character),
        Stage.NameMark => TakeNameMark(character),
        Stage.CallId => TakeCallId(character),
        Stage.BeforeArguments => TakeBeforeArguments(character),
        _ => TakeArguments(character),
    };

    /// <summary>Holds a character that may turn out to belong to a call.</summary>
    private bool Buffer(char character, Stage next)
    {
        _buffered.Append(character);
        _stage = next;
        return true;
    }

    /// <summary>Gives back what was buffered as content; the character that does not fit is parsed again.</summary>
    private bool Backtrack()
    {
        if (_buffered.Length > 0) MarkContent();
        _output.Content(_buffered);
        (_stage, _matched, _inList, _isUnmarked) = (Stage.Text, 0, false, false);
        return false;
    }

    private void MarkContent() => (_hasContent, _afterCall) = (true, false);

    private void EndCall(Stage next)
    {
        _buffered.Clear();
        _afterCall = true;
        _matched = 0;
        _stage = next;
    }

    private bool TakeText(char character)
    {
        if (_matched > 0)
        {
            if (character != _mark[_matched]) return Backtrack();
            _buffered.Append(character);
            if (++_matched < _mark.Length) return true;
            _matched = 0;
            // The mark may bring the bracket of a list with it.
            _inList = _mark[^1] == '[';
            _stage = _inList ? Stage.Next : Stage.Opened;
            return true;
        }

        foreach (string opener in _syntax.Openers)
        {
            if (character != opener[0]) continue;
            (_mark, _matched) = (opener, 1);
            return Buffer(character, Stage.Text);
        }

        if (IsSpace(character)) return Buffer(character, Stage.Text);
        if (character == '{' && _syntax.TakesUnmarked && !_hasContent && Calls == 0)
        {
            _isUnmarked = true;
            return TakeNext(character);
        }

        MarkContent();
        _output.Content(_buffered);
        _output.Content(character);
        return true;
    }

    private bool TakeOpened(char character)
    {
        if (character == '[' && _syntax.TakesList)
        {
            _inList = true;
            return Buffer(character, Stage.Next);
        }

        if (!_syntax.TakesName || !IsNameCharacter(character)) return TakeNext(character);
        _name.Clear().Append(character);
        _nameEnded = false;
        return Buffer(character, Stage.Name);
    }

    private bool TakeNext(char character)
    {
        if (IsSpace(character)) return Buffer(character, _stage);
        if (character != '{') return Backtrack();
        _call.Begin(_isUnmarked ? _names : null);
        _stage = Stage.Call;
        return TakeCall(character);
    }

    private bool TakeCall(char character)
    {
        switch (_call.Step(character))
        {
            case CallState.Open:
                return true;
            case CallState.Complete:
                EndCall(Stage.AfterCall);
                return true;
            default:
                // Models forget the last brace now and then; the call is whole without it.
                if (!_call.IsWhole || character != _syntax.Closer?[0]) return Backtrack();
                EndCall(Stage.Closer);
                return false;
        }
    }

    private bool TakeAfterCall(char character)
    {
        if (IsSpace(character)) return Buffer(character, Stage.AfterCall);
        if (_inList && character == ',') return Buffer(character, Stage.Next);
        if (_inList && character == ']')
        {
            _inList = false;
            EndCall(Stage.AfterCall);
            return true;
        }

        if (_inList) return Backtrack();
        if (character == _syntax.Separator) return Buffer(character, Stage.Next);
        _stage = _syntax.Closer is null ? Stage.Text : Stage.Closer;
        return false;
    }

    private bool TakeCloser(char character)
    {
        string closer = _syntax.Closer!;
        if (character != closer[_matched])
        {
            if (_matched > 0) return Backtrack();
            // It is missing. What was held is space before ordinary text.
            _stage = Stage.Text;
            return false;
        }

        _buffered.Append(character);
        if (++_matched == closer.Length) EndCall(Stage.Text);
        return true;
    }

    private bool TakeName(char character)
    {
        if (IsNameCharacter(character) && !_nameEnded)
        {
            _name.Append(character);
            return Buffer(character, Stage.Name);
        }

        _nameEnded = true;
        if (IsSpace(character)) return Buffer(character, Stage.Name);
        if (character != '[') return TakeBeforeArguments(character);
        (_mark, _matched) = ("", 1);
        return Buffer(character, Stage.NameMark);
    }

    private bool TakeNameMark(char character)
    {
        if (_matched == 1) _mark = character == CallSyntax.CallId[1] ? CallSyntax.CallId : CallSyntax.Arguments;
        if (character != _mark[_matched]) return Backtrack();
        if (++_matched < _mark.Length) return Buffer(character, Stage.NameMark);
        _matched = 0;
        return Buffer(character, _mark == CallSyntax.CallId ? Stage.CallId : Stage.BeforeArguments);
    }

    private bool TakeCallId(char character)
    {
        if (char.IsAsciiLetterOrDigit(character) || IsSpace(character)) return Buffer(character, Stage.CallId);
        if (character != '[') return Backtrack();
        (_mark, _matched) = ("", 1);
        return Buffer(character, Stage.NameMark);
    }

    private bool TakeBeforeArguments(char character)
    {
        if (IsSpace(character)) return Buffer(character, Stage.BeforeArguments);
        if (character != '{') return Backtrack();
        _output.Call(_name.ToString());
        _buffered.Clear();
        _arguments.Reset();
        _stage = Stage.Arguments;
        return TakeArguments(character);
    }

    private bool TakeArguments(char character)
    {
        JsonStep step = _arguments.Step(character);
        if (step == JsonStep.Invalid) return Backtrack();
        _output.Arguments(character);
        if (step == JsonStep.Complete) EndCall(Stage.Text);
        return true;
    }
}
