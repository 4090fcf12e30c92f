namespace Trireme.Inference.Templates.Runtime;

/// <summary>
/// One rendering: where output goes and what is left of its limits. Templates come from model files, and what they loop over comes
/// from clients, so work, memory and depth are all bounded.
/// </summary>
internal sealed class RenderState
{
    /// <summary>Characters of one text, the prompt included: beyond the longest contexts models have.</summary>
    public const int TextLengthMax = 4 << 20;

    // A long agent conversation takes a few hundred thousand steps; this many run in well under a second.
    private const long StepsMax = 3_000_000;
    private const int CharactersPerStep = 64;

    // Each level takes a few hundred bytes of stack; thread-pool threads have 1.5 MB.
    private const int DepthMax = 500;

    private long _steps = StepsMax;
    private int _depth;
    private int _line;

    public RenderState(TimeProvider timeProvider)
    {
        TimeProvider = timeProvider;
        Output = new BoundedText(this);
    }

    public TimeProvider TimeProvider { get; }

    /// <summary>The line at work.</summary>
    public int Line => _line;

    public BoundedText Output { get; set; }

    /// <summary>Goes one level deeper at a line and returns the line to go back to.</summary>
    public int PushDepth(int line)
    {
        int outer = _line;
        _line = line;
        if (++_depth > DepthMax) throw Fail($"it nests more than {DepthMax} calls and expressions deep.");
        Spend(1);
        return outer;
    }

    public void PopDepth(int outerLine)
    {
        _depth--;
        _line = outerLine;
    }

    /// <summary>Pays for work in proportion to a count of items.</summary>
    public void Spend(long steps)
    {
        _steps -= steps;
        if (_steps < 0) throw Fail($"it takes more than {StepsMax} steps.");
    }

    public void SpendOnText(long characters) => Spend(1 + characters / CharactersPerStep);

    /// <summary>Pays for going through a value once.</summary>
    public void SpendOn(object? value)
    {
        if (value is TemplateText text) SpendOnText(text.Length);
        else if (value is List<object?> list) Spend(list.Count);
    }

    /// <summary>Pays for a text that was made.</summary>
    public TemplateText Charge(TemplateText text)
    {
        if (text.Length > TextLengthMax) throw TooLong();
        SpendOnText(text.Length);
        return text;
    }

    public TemplateText Charge(string text) => Charge(new TemplateText(text));

    public ChatTemplateException TooLong() => Fail($"a text is longer than {TextLengthMax} characters.");

    public ChatTemplateException Fail(string problem) => new(_line, problem);

    /// <summary>The template itself refuses the conversation.</summary>
    public ChatTemplateException Raise(string message) => new(_line, message, raisedByTemplate: true);
}
