using Trireme.Inference.Tokenizers;

namespace Trireme.Inference.Grammars.Matching;

/// <summary>
/// A grammar over one model's tokens. What is found out about its states is shared by all requests that use it. Only the engine's
/// thread may match; the bounds may be read by any.
/// </summary>
internal sealed class CompiledGrammar
{
    /// <summary>Beyond this the number of bytes stands for the number of tokens.</summary>
    private const int ShortestBytesMax = 8_192;

    /// <param name="grammar">The grammar.</param>
    /// <param name="trie">The model's tokens by their bytes.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="isText">Whether the client wrote the grammar's rules itself, rather than a schema that they were made of.</param>
    /// <exception cref="GrammarException">Nothing matches the grammar, or it cannot be matched.</exception>
    public CompiledGrammar(Grammar grammar, TokenTrie trie, ITokenizer tokenizer, bool isText = false)
    {
        int[] distances = Distances.Compute(grammar, trie.SingleBytes);
        if (RecursionCheck.HasEmptyRecursion(grammar, distances))
        {
            throw new GrammarException(isText
                ? "A rule of the grammar refers to itself with nothing in between; none may begin with itself by way of others."
                : "The schema refers to itself with nothing in between; put the reference inside an object or array.");
        }

        Machine = new MatchMachine(grammar, distances, trie.SingleBytes);
        if (Machine.Start == MatchState.Dead)
        {
            throw new GrammarException("No text satisfies the constraint with this model's tokens; loosen it.");
        }

        if (Machine.Start.ContinuationDistance == Distances.Infinite)
        {
            throw new GrammarException("Only the empty text satisfies the constraint; loosen it.");
        }

        Tokenizer = tokenizer;
        Masks = new TokenMasks(Machine, trie);
        // Told before any request matches, because afterwards the states belong to the engine's thread.
        ShortestTokens = Machine.Start.Distance <= ShortestBytesMax ? Masks.TokensToEnd(Machine.Start) : Machine.Start.Distance;
    }

    public MatchMachine Machine { get; }

    public TokenMasks Masks { get; }

    public ITokenizer Tokenizer { get; }

    /// <summary>The tokens of a shortest text, or slightly more.</summary>
    public int ShortestTokens { get; }
}
