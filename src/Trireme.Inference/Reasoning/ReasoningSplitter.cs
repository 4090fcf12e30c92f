using System.Text;

namespace Trireme.Inference.Reasoning;

/// <summary>
/// Tells thinking at the start of an answer from the answer itself while it is generated. White space around the tags belongs to them.
/// The result does not depend on how the text is cut into pieces. Not thread-safe: one per answer.
/// </summary>
/// <param name="isOpened">The prompt ends within thinking, so that the answer begins in it.</param>
public sealed class ReasoningSplitter(bool isOpened)
{
    private readonly StringBuilder _reasoning = new();
    private readonly StringBuilder _content = new();
    private readonly StringBuilder _held = new();
    private Stage _stage;
    private int _matched;

    private enum Stage : byte
    {
        /// <summary>Nothing was written but space and perhaps a part of the first tag.</summary>
        Start,

        /// <summary>Behind the first tag.</summary>
        Opened,

        Thinking,

        /// <summary>Behind the last tag.</summary>
        Closed,

        Answer,
    }

    /// <summary>All further text is content.</summary>
    public bool IsDone => _stage == Stage.Answer;

    /// <summary>Takes the next piece.</summary>
    public void Append(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        foreach (char character in text)
        {
            // A stage that does not take a character hands it to the next one.
            while (!Take(character))
            {
            }
        }
    }

    /// <summary>Gives out what was held back, for an answer that has ended.</summary>
    public void Complete() => GiveBack(_stage == Stage.Thinking || isOpened ? _reasoning : _content);

    /// <summary>The thinking since the last time.</summary>
    public string TakeReasoning() => TakeText(_reasoning);

    /// <summary>The content since the last time.</summary>
    public string TakeContent() => TakeText(_content);

    private bool Take(char character)
    {
        switch (_stage)
        {
            case Stage.Start:
                if (_matched == 0 && char.IsWhiteSpace(character)) return Hold(character);
                if (character != ReasoningMarks.Begin[_matched]) return EndStart();
                if (++_matched < ReasoningMarks.Begin.Length) return Hold(character);
                _held.Clear();
                MoveTo(Stage.Opened);
                return true;
            case Stage.Opened:
                return char.IsWhiteSpace(character) || MoveTo(Stage.Thinking);
            case Stage.Thinking:
                return TakeThinking(character);
            case Stage.Closed:
                return char.IsWhiteSpace(character) || MoveTo(Stage.Answer);
            default:
                _content.Append(character);
                return true;
        }
    }

    /// <summary>No tag comes first.</summary>
    private bool EndStart()
    {
        if (!isOpened)
        {
            GiveBack(_content);
            return MoveTo(Stage.Answer);
        }

        // What looked like the first tag may be the beginning of the last one.
        string held = TakeText(_held).TrimStart();
        MoveTo(Stage.Thinking);
        Append(held);
        return false;
    }

    private bool TakeThinking(char character)
    {
        if (character == ReasoningMarks.End[_matched])
        {
            if (++_matched < ReasoningMarks.End.Length) return Hold(character);
            _held.Clear();
            MoveTo(Stage.Closed);
            return true;
        }

        if (_matched > 0)
        {
            // The tag holds its first character once, so that it can only begin again with this one.
            _matched = 0;
            GiveBack(_reasoning);
            return false;
        }

        if (char.IsWhiteSpace(character)) return Hold(character);
        GiveBack(_reasoning);
        _reasoning.Append(character);
        return true;
    }

    private bool Hold(char character)
    {
        _held.Append(character);
        return true;
    }

    private bool MoveTo(Stage stage)
    {
        (_stage, _matched) = (stage, 0);
        return false;
    }

    private void GiveBack(StringBuilder to)
    {
        to.Append(_held);
        _held.Clear();
    }

    private static string TakeText(StringBuilder builder)
    {
        if (builder.Length == 0) return "";
        string text = builder.ToString();
        builder.Clear();
        return text;
    }
}
