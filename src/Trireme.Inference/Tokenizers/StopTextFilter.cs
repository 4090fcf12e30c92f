namespace Trireme.Inference.Tokenizers;

/// <summary>
/// Ends an answer at the first stop text and never shows the start of one. The result does not depend on how the text is cut into
/// pieces. Not thread-safe: one per answer.
/// </summary>
public sealed class StopTextFilter
{
    private readonly StopText[] _stops;
    private readonly bool _includesStop;
    private string _held = "";

    /// <param name="stops">The texts that end an answer.</param>
    /// <param name="includesStop">The one that ends it is shown.</param>
    /// <exception cref="ArgumentException">A stop text is empty.</exception>
    public StopTextFilter(IReadOnlyList<string> stops, bool includesStop = false)
    {
        ArgumentNullException.ThrowIfNull(stops);
        _includesStop = includesStop;
        _stops = new StopText[stops.Count];
        for (int i = 0; i < _stops.Length; i++)
        {
            ArgumentException.ThrowIfNullOrEmpty(stops[i], nameof(stops));
            _stops[i] = new StopText(stops[i]);
        }
    }

    /// <summary>The stop text that ended the answer; null while it runs. Of stop texts that end together, the longest.</summary>
    public string? Matched { get; private set; }

    /// <summary>Adds text and says what may be shown. After a stop nothing more is visible.</summary>
    public StopTextResult Append(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (Matched is not null) return new StopTextResult("", Stopped: true);
        if (_stops.Length == 0 || text.Length == 0) return new StopTextResult(text, Stopped: false);
        int hold = 0;
        for (int i = 0; i < text.Length; i++)
        {
            hold = Advance(text[i]);
            if (Matched is null) continue;
            return new StopTextResult(Take(text.AsSpan(0, i + 1), _includesStop ? 0 : Matched.Length), Stopped: true);
        }

        if (hold == 0 && _held.Length == 0) return new StopTextResult(text, Stopped: false);
        return new StopTextResult(Take(text, hold), Stopped: false);
    }

    /// <summary>The text held back, for an answer that ends without a stop text.</summary>
    public string Flush()
    {
        string rest = _held;
        _held = "";
        return rest;
    }

    /// <summary>Moves every stop text by one character and returns how many last characters may belong to one.</summary>
    private int Advance(char next)
    {
        int hold = 0;
        foreach (StopText stop in _stops)
        {
            int matched = stop.Advance(next);
            if (matched == stop.Text.Length && matched > (Matched?.Length ?? 0)) Matched = stop.Text;
            hold = Math.Max(hold, matched);
        }

        return hold;
    }

    /// <summary>Everything seen but its last characters, which are kept back; after a stop they are dropped.</summary>
    private string Take(ReadOnlySpan<char> text, int keep)
    {
        int visible = _held.Length + text.Length - keep;
        int fromHeld = Math.Min(visible, _held.Length);
        string shown = string.Concat(_held.AsSpan(0, fromHeld), text[..(visible - fromHeld)]);
        _held = Matched is not null ? "" : string.Concat(_held.AsSpan(fromHeld), text[(visible - fromHeld)..]);
        return shown;
    }

    /// <summary>
    /// Knuth, Morris and Pratt's matcher: knows how much of the stop text the characters so far end with, at constant cost per
    /// character and without looking back.
    /// </summary>
    private sealed class StopText
    {
        // fallback[i]: the longest proper prefix of the text that its first i + 1 characters end with.
        private readonly int[] _fallback;
        private int _matched;

        public StopText(string text)
        {
            Text = text;
            _fallback = new int[text.Length];
            int length = 0;
            for (int i = 1; i < text.Length; i++)
            {
                while (length > 0 && text[i] != text[length]) length = _fallback[length - 1];
                if (text[i] == text[length]) length++;
                _fallback[i] = length;
            }
        }

        public string Text { get; }

        public int Advance(char next)
        {
            while (_matched > 0 && Text[_matched] != next) _matched = _fallback[_matched - 1];
            if (Text[_matched] == next) _matched++;
            return _matched;
        }
    }
}

/// <summary>Text that may be shown now, and whether a stop text ended the answer.</summary>
public readonly record struct StopTextResult(string Visible, bool Stopped);
