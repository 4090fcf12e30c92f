using Trireme.Inference.Tokenizers;

namespace Trireme.Inference.Grammars.Matching;

/// <summary>
/// The bytes of all tokens as a tree in depth-first order, so that a walk reads memory forwards and skips what cannot follow. Special
/// tokens have no bytes and are not part of it.
/// </summary>
internal sealed class TokenTrie
{
    private const int None = -1;

    private readonly Node[] _nodes;
    private readonly int[] _sameBytes;
    private readonly bool[] _singleBytes = new bool[256];
    private readonly int[] _roots = new int[256];

    /// <param name="tokenizer">Gives the bytes.</param>
    /// <param name="vocabularySize">Number of logits, which may exceed the tokenizer's ids; those further ones are never allowed.</param>
    public TokenTrie(ITokenizer tokenizer, int vocabularySize)
    {
        VocabularySize = vocabularySize;
        int count = Math.Min(tokenizer.VocabularySize, vocabularySize);
        var tokens = new List<int>(count);
        for (int token = 0; token < count; token++)
        {
            if (tokenizer.IsSpecial(token) || tokenizer.TokenBytes(token).IsEmpty) continue;
            tokens.Add(token);
            if (tokenizer.TokenBytes(token).Length == 1) _singleBytes[tokenizer.TokenBytes(token)[0]] = true;
        }

        tokens.Sort((left, right) => tokenizer.TokenBytes(left).SequenceCompareTo(tokenizer.TokenBytes(right)) switch
        {
            0 => left.CompareTo(right),
            int order => order,
        });
        _sameBytes = new int[vocabularySize];
        Array.Fill(_sameBytes, None);
        _nodes = Build(tokenizer, tokens);
        Array.Fill(_roots, None);
        for (int i = 0; i < _nodes.Length; i++)
        {
            DepthMax = Math.Max(DepthMax, _nodes[i].Depth);
            if (_nodes[i].Depth == 1) _roots[_nodes[i].Label] = i;
        }
    }

    public int VocabularySize { get; }

    /// <summary>In depth-first order; a node's subtree is what lies between it and its <see cref="Node.Skip"/>.</summary>
    public ReadOnlySpan<Node> Nodes => _nodes;

    /// <summary>The bytes of the longest token.</summary>
    public int DepthMax { get; }

    /// <summary>Bytes that are a token of their own.</summary>
    public ReadOnlySpan<bool> SingleBytes => _singleBytes;

    /// <summary>The node of a token's first byte, or -1.</summary>
    public int Root(byte first) => _roots[first];

    /// <summary>The next token with the same bytes, or -1.</summary>
    public int NextWithSameBytes(int token) => _sameBytes[token];

    private Node[] Build(ITokenizer tokenizer, List<int> tokens)
    {
        var nodes = new List<Node>();
        var path = new List<int>();
        ReadOnlySpan<byte> previous = [];
        int previousToken = None;
        foreach (int token in tokens)
        {
            ReadOnlySpan<byte> bytes = tokenizer.TokenBytes(token);
            if (previousToken != None && bytes.SequenceEqual(previous))
            {
                _sameBytes[previousToken] = token;
                previousToken = token;
                continue;
            }

            int shared = bytes.CommonPrefixLength(previous);
            Close(shared);
            for (int depth = shared; depth < bytes.Length; depth++)
            {
                path.Add(nodes.Count);
                int ending = depth == bytes.Length - 1 ? token : None;
                nodes.Add(new Node(bytes[depth], depth + 1, ending, Skip: 0));
            }

            previous = bytes;
            previousToken = token;
        }

        Close(0);
        return [.. nodes];

        void Close(int keep)
        {
            for (; path.Count > keep; path.RemoveAt(path.Count - 1)) nodes[path[^1]] = nodes[path[^1]] with { Skip = nodes.Count };
        }
    }

    /// <summary>One byte of tokens.</summary>
    /// <param name="Label">The byte.</param>
    /// <param name="Depth">Bytes up to and with this one.</param>
    /// <param name="Token">The token that ends here, or -1.</param>
    /// <param name="Skip">The next node that is not below this one.</param>
    internal readonly record struct Node(byte Label, int Depth, int Token, int Skip);
}
