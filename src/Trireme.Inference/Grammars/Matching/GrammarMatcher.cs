namespace Trireme.Inference.Grammars.Matching;

/// <summary>One answer on its way through a grammar.</summary>
internal sealed class GrammarMatcher(CompiledGrammar grammar)
{
    private MatchState _state = grammar.Machine.Start;

    /// <summary>The text so far is whole.</summary>
    public bool Accepts => _state.Accepts;

    /// <summary>The text so far is whole and nothing can follow it.</summary>
    public bool IsComplete => IsCompleteAt(_state);

    /// <summary>Where the text so far has come to.</summary>
    public MatchState State => _state;

    public static bool IsCompleteAt(MatchState state) => state.Accepts && state.ContinuationDistance == Distances.Infinite;

    /// <summary>The tokens that may follow with so many left; end tokens are not among them. Valid until the next call.</summary>
    public ReadOnlySpan<ulong> Following(int tokensLeft) => Following(_state, tokensLeft);

    /// <summary>As <see cref="Following(int)"/>, after a text that goes on from the one so far.</summary>
    public ReadOnlySpan<ulong> Following(MatchState state, int tokensLeft) => grammar.Masks.Following(state, tokensLeft);

    /// <summary>
    /// Where a token leads that may never be drawn; <see cref="MatchState.Dead"/> where it may not follow. Whether the tokens that are
    /// left suffice for a whole text is not asked.
    /// </summary>
    public MatchState After(MatchState state, int token)
    {
        // Special tokens and ids behind the tokenizer's last have none.
        ReadOnlySpan<byte> bytes = grammar.Tokenizer.TokenBytes(token);
        if (bytes.IsEmpty) return MatchState.Dead;
        foreach (byte value in bytes) state = grammar.Machine.Step(state, value);
        return state;
    }

    /// <summary>Whether a further token can follow and still end in time.</summary>
    public bool CanContinue(int tokensLeft)
    {
        foreach (ulong word in Following(tokensLeft))
        {
            if (word != 0) return true;
        }

        return false;
    }

    /// <summary>Moves on by a token that may follow.</summary>
    /// <exception cref="InvalidOperationException">The token may not follow.</exception>
    public void Advance(int token)
    {
        MatchState state = After(_state, token);
        if (state == MatchState.Dead) throw new InvalidOperationException($"Token {token} may not follow here.");
        _state = state;
    }
}
