using System.Text;

namespace Trireme.Inference.ToolCalls;

/// <summary>
/// Takes the calls of functions out of an answer while it is generated. A call is told as soon as its name is known, its arguments as
/// they are written. What looks like a call and is none is given back as content, and so is what follows a call that breaks off in
/// the middle of its arguments. White space around calls belongs to them, and thinking is content, whatever is in it. The result does
/// not depend on how the text is cut into pieces. An answer that is read whole differs from a streamed one only where a call breaks off
/// in the middle of its arguments: all of it is content then. Not thread-safe: one per answer.
/// </summary>
public sealed class ToolCallParser
{
    private readonly CallSyntax _syntax;
    private readonly IReadOnlySet<string> _names;
    private readonly PartWriter _output;
    private readonly StringBuilder _buffered = new();
    private readonly StringBuilder _name = new();
    private readonly CallReader _call;
    private ParserStage _stage;
    private string _mark = "";
    private int _matched;
    private bool _inList;
    private bool _isUnmarked;
    private bool _closesCall;
    private bool _holdsBracket;
    private bool _nameEnded;
    private bool _nameMarked;
    private bool _hasContent;
    private bool _afterCall;

    /// <param name="format">How the model writes calls.</param>
    /// <param name="names">
    /// The functions there are. Only where a call has no mark of its own does a name have to be one of them: a model that marks a call
    /// means one, and the client can tell it that there is no such function.
    /// </param>
    /// <param name="isWhole">The answer is read as a whole: a call is told once it is whole.</param>
    /// <exception cref="ArgumentOutOfRangeException">The format has no calls.</exception>
    public ToolCallParser(ToolCallFormat format, IReadOnlySet<string> names, bool isWhole = false)
    {
        _syntax = CallSyntax.Of(format);
        _names = names;
        _output = new PartWriter(isWhole);
        _call = new CallReader(_output, _buffered);
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
            ParserStage.Text => _afterCall && IsSpace(_buffered),
            ParserStage.Next or ParserStage.AfterCall or ParserStage.Closer => _afterCall,
            ParserStage.Call => _call.IsAnnounced,
            ParserStage.Name or ParserStage.NameMark or ParserStage.BeforeArguments => TryCallWithoutArguments(),
            _ => false,
        };
        if (_stage == ParserStage.Call && _call.IsAnnounced) _call.Cut();
        _output.EndCall();
        if (isLayout) _buffered.Clear();
        _output.Content(_buffered);
        return _output.Take();
    }

    private static bool IsSpace(char character) => LenientJsonReader.IsSpace(character);

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
        ParserStage.Text => TakeText(character),
        ParserStage.Opened => TakeOpened(character),
        ParserStage.Next => TakeNext(character),
        ParserStage.Call => TakeCall(character),
        ParserStage.AfterCall => TakeAfterCall(character),
        ParserStage.Closer => TakeCloser(character),
        ParserStage.Name => TakeName(character),
        ParserStage.NameMark => TakeNameMark(character),
        ParserStage.CallId => TakeCallId(character),
        ParserStage.BeforeArguments => TakeBeforeArguments(character),
        _ => TakeThinking(character),
    };

    /// <summary>Holds a character that may turn out to belong to a call.</summary>
    private bool Buffer(char character, ParserStage next)
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
        (_stage, _matched, _inList, _isUnmarked, _closesCall) = (ParserStage.Text, 0, false, false, false);
        return false;
    }

    /// <summary>Gives up on a call in the middle of it.</summary>
    private bool BreakCall()
    {
        if (_call.IsAnnounced)
        {
            _output.BreakCall(_call.Untold);
            MarkContent();
        }

        return Backtrack();
    }

    private void MarkContent() => (_hasContent, _afterCall) = (true, false);

    private void EndCall(ParserStage next)
    {
        _output.EndCall();
        _buffered.Clear();
        _closesCall = false;
        _afterCall = true;
        _matched = 0;
        _stage = next;
    }

    private bool TakeText(char character)
    {
        if (_matched > 0)
        {
            if (character != _mark[_matched] && !TryOtherMark(character)) return Backtrack();
            _buffered.Append(character);
            if (++_matched == _mark.Length) EndOpener();
            return true;
        }

        if (TryMark(character)) return Buffer(character, ParserStage.Text);
        if (IsSpace(character)) return Buffer(character, ParserStage.Text);
        if (character is '{' or '[' && _syntax.TakesUnmarked && !_hasContent && Calls == 0)
        {
            _isUnmarked = true;
            _inList = character == '[';
            return _inList ? Buffer(character, ParserStage.Next) : TakeNext(character);
        }

        MarkContent();
        _output.Content(_buffered);
        _output.Content(character);
        return true;
    }

    private bool TryMark(char character)
    {
        string mark = character == CallSyntax.Think[0] ? CallSyntax.Think : "";
        foreach (string opener in _syntax.Openers)
        {
            if (character == opener[0]) mark = opener;
        }

        if (mark.Length > 0) (_mark, _matched) = (mark, 1);
        return mark.Length > 0;
    }

    /// <summary>Finds a mark that begins like the one so far and goes on with this character.</summary>
    private bool TryOtherMark(char character)
    {
        const string Other = CallSyntax.Think;
        bool isLike = _matched < Other.Length && character == Other[_matched]
            && _mark.AsSpan(0, _matched).SequenceEqual(Other.AsSpan(0, _matched));
        if (isLike) _mark = Other;
        return isLike;
    }

    private void EndOpener()
    {
        _matched = 0;
        if (_mark == CallSyntax.Think)
        {
            MarkContent();
            _output.Content(_buffered);
            _stage = ParserStage.Thinking;
            return;
        }

        // The mark may bring the bracket of a list with it.
        _inList = _mark[^1] == '[';
        _stage = _inList ? ParserStage.Next : ParserStage.Opened;
    }

    private bool TakeThinking(char character)
    {
        _output.Content(character);
        bool goesOn = character == CallSyntax.ThinkEnd[_matched];
        _matched = goesOn ? _matched + 1 : character == CallSyntax.ThinkEnd[0] ? 1 : 0;
        if (_matched == CallSyntax.ThinkEnd.Length) (_stage, _matched) = (ParserStage.Text, 0);
        return true;
    }

    private bool TakeOpened(char character)
    {
        if (character == '[' && _syntax.TakesList)
        {
            _inList = true;
            return Buffer(character, ParserStage.Next);
        }

        if (!_syntax.TakesName || !IsNameCharacter(character)) return TakeNext(character);
        _name.Clear().Append(character);
        (_nameEnded, _nameMarked, _holdsBracket) = (false, false, false);
        return Buffer(character, ParserStage.Name);
    }

    private bool TakeNext(char character)
    {
        if (IsSpace(character)) return Buffer(character, _stage);
        if (character == ']' && _inList && _afterCall) return EndList();
        if (character != '{') return Backtrack();
        _call.Begin(_isUnmarked ? _names : null);
        _stage = ParserStage.Call;
        return TakeCall(character);
    }

    private bool TakeCall(char character)
    {
        switch (_call.Step(character))
        {
            case CallState.Open:
                return true;
            case CallState.Complete:
                EndCall(ParserStage.AfterCall);
                return true;
            default:
                // Models forget the last braces now and then; with the mark that ends calls, the call is whole without them.
                if (!_call.IsAnnounced || character != _syntax.Closer?[0]) return BreakCall();
                (_stage, _matched, _closesCall) = (ParserStage.Closer, 0, true);
                return false;
        }
    }

    private bool TakeAfterCall(char character)
    {
        if (IsSpace(character)) return Buffer(character, ParserStage.AfterCall);
        if (_inList && character == ',') return Buffer(character, ParserStage.Next);
        if (_inList && character == ']') return EndList();
        if (_inList) return Backtrack();
        // Several calls between one pair of marks, or on lines of their own.
        if (character is ';' or ',') return Buffer(character, ParserStage.Next);
        if (character == '{') return TakeNext(character);
        _stage = _syntax.Closer is null ? ParserStage.Text : ParserStage.Closer;
        return false;
    }

    private bool EndList()
    {
        _inList = false;
        EndCall(ParserStage.AfterCall);
        return true;
    }

    private bool TakeCloser(char character)
    {
        string closer = _syntax.Closer!;
        if (character != closer[_matched])
        {
            if (_closesCall) return BreakCall();
            if (_matched > 0) return Backtrack();
            // It is missing. What was held is space before ordinary text.
            _stage = ParserStage.Text;
            return false;
        }

        _buffered.Append(character);
        if (++_matched < closer.Length) return true;
        if (_closesCall && !_call.TryClose())
        {
            BreakCall();
            return true;
        }

        EndCall(ParserStage.Text);
        return true;
    }

    private bool TakeName(char character)
    {
        if (IsNameCharacter(character) && !_nameEnded)
        {
            _name.Append(character);
            return Buffer(character, ParserStage.Name);
        }

        _nameEnded = true;
        if (IsSpace(character)) return Buffer(character, ParserStage.Name);
        if (character != '[') return TakeBeforeArguments(character);
        (_mark, _matched) = ("", 1);
        return Buffer(character, ParserStage.NameMark);
    }

    private bool TakeNameMark(char character)
    {
        if (_matched == 1) _mark = character == CallSyntax.CallId[1] ? CallSyntax.CallId : CallSyntax.Arguments;
        if (character != _mark[_matched]) return Backtrack();
        if (++_matched < _mark.Length) return Buffer(character, ParserStage.NameMark);
        _matched = 0;
        _nameMarked |= _mark == CallSyntax.Arguments;
        return Buffer(character, _mark == CallSyntax.CallId ? ParserStage.CallId : ParserStage.BeforeArguments);
    }

    private bool TakeCallId(char character)
    {
        if (char.IsAsciiLetterOrDigit(character) || IsSpace(character)) return Buffer(character, ParserStage.CallId);
        if (character != '[') return Backtrack();
        (_mark, _matched) = ("", 1);
        return Buffer(character, ParserStage.NameMark);
    }

    private bool TakeBeforeArguments(char character)
    {
        if (IsSpace(character)) return Buffer(character, ParserStage.BeforeArguments);
        if (_holdsBracket) return TakeAfterBracket(character);
        if (character == '[')
        {
            _holdsBracket = true;
            return Buffer(character, ParserStage.BeforeArguments);
        }

        if (character != '{' && !_nameMarked) return Backtrack();
        _call.BeginBare(_name.ToString());
        _stage = ParserStage.Call;
        return TakeCall(character);
    }

    /// <summary>A bracket in the place of arguments is an empty list, or the beginning of the next mark.</summary>
    private bool TakeAfterBracket(char character)
    {
        _holdsBracket = false;
        if (character == ']') return TryCallWithoutArguments() || Backtrack();
        _buffered.Length = _buffered.ToString().LastIndexOf('[');
        if (!TryCallWithoutArguments()) Backtrack();
        Take('[');
        return false;
    }

    /// <summary>A bare name with its mark, or one that is a function's, is a call also if no arguments follow.</summary>
    private bool TryCallWithoutArguments()
    {
        bool isCall = _matched == 0 && (_nameMarked || _names.Contains(_name.ToString()));
        if (!isCall) return false;
        _output.Call(_name.ToString(), _buffered);
        _output.Arguments(new StringBuilder(ArgumentWords.None));
        EndCall(ParserStage.Text);
        return true;
    }
}
