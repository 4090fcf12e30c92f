namespace Trireme.Inference.Grammars.Matching;

/// <summary>One answer on its way through a grammar.</summary>
internal sealed class GrammarMatcher(CompiledGrammar grammar)
{
    private MatchState _state = grammar.Machine.Start;

    /// <summary>The text so far is whole.</summary>
    public bool Accepts => _state.Accepts;

    /// <summary>The text so far is whole and nothing can follow it.</summary>
    public bool IsComplete => Accepts && _state.Onwards == Distances.Infinite;

    /// <summary>The tokens that may follow with so many left; end tokens are not among them. Valid until the next call.</summary>
    public ReadOnlySpan<ulong> Following(int tokensLeft) => grammar.Masks.Following(_state, tokensLeft);

    /// <summary>Whether a further token can follow and still end in time.</summary>
    public bool CanGoOn(int tokensLeft)
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
        ReadOnlySpan<byte> bytes = grammar.Tokenizer.TokenBytes(token);
        MatchState state = _state;
        foreach (byte value in bytes) state = grammar.Machine.Step(state, value);
        if (state == MatchState.Dead || bytes.IsEmpty) throw new InvalidOperationException($"Token {token} may not follow here.");
        _state = state;
    }
}
