using System.Globalization;
using System.Text;
using Trireme.Inference.Generation;
using Trireme.Inference.Grammars.Json;
using Trireme.Inference.Grammars.Matching;
using Trireme.Inference.Grammars.Notations;
using Trireme.Inference.Grammars.Patterns;
using Trireme.Inference.Tokenizers;

namespace Trireme.Inference.Grammars;

/// <summary>Turns constraints into grammars over a model's tokens and keeps those used last. Thread-safe.</summary>
internal sealed class ConstraintCompiler(ITokenizer tokenizer, int vocabularySize)
{
    /// <summary>Each takes a few hundred kilobytes in ordinary use and some twenty megabytes at most.</summary>
    private const int KeptMax = 32;

    private const int ChoicesMax = 10_000;

    private readonly Lazy<TokenTrie> _trie = new(() => new TokenTrie(tokenizer, vocabularySize));
    private readonly Lock _gate = new();
    private readonly LinkedList<(string Key, CompiledGrammar Grammar)> _recent = [];
    private readonly Dictionary<string, LinkedListNode<(string Key, CompiledGrammar Grammar)>> _kept = new(StringComparer.Ordinal);

    /// <exception cref="GrammarException">The constraint is malformed or cannot be kept.</exception>
    /// <exception cref="OperationCanceledException">The request ended first.</exception>
    public CompiledGrammar Compile(OutputConstraint constraint, CancellationToken cancellationToken)
    {
        string key = KeyOf(constraint);
        lock (_gate)
        {
            if (_kept.TryGetValue(key, out LinkedListNode<(string Key, CompiledGrammar Grammar)>? node))
            {
                _recent.Remove(node);
                _recent.AddFirst(node);
                return node.Value.Grammar;
            }
        }

        CompiledGrammar compiled = Compile(constraint, _trie.Value, tokenizer, cancellationToken);
        lock (_gate)
        {
            // Another request may have been quicker; what it found out is worth sharing.
            if (_kept.TryGetValue(key, out LinkedListNode<(string Key, CompiledGrammar Grammar)>? node)) return node.Value.Grammar;
            _kept.Add(key, _recent.AddFirst((key, compiled)));
            if (_recent.Count > KeptMax)
            {
                _kept.Remove(_recent.Last!.Value.Key);
                _recent.RemoveLast();
            }
        }

        return compiled;
    }

    /// <summary>The same without keeping it.</summary>
    /// <exception cref="GrammarException">The constraint is malformed or cannot be kept.</exception>
    public static CompiledGrammar Compile(
        OutputConstraint constraint, TokenTrie trie, ITokenizer tokenizer, CancellationToken cancellationToken) =>
        new(Translate(constraint, cancellationToken), trie, tokenizer, isText: constraint.Kind == OutputConstraintKind.Grammar);

    /// <exception cref="GrammarException">The constraint is malformed or cannot be kept.</exception>
    public static Grammar Translate(OutputConstraint constraint, CancellationToken cancellationToken)
    {
        var builder = new GrammarBuilder();
        return builder.Build(AddTo(builder, constraint, new SchemaWork(cancellationToken)));
    }

    private static int AddTo(GrammarBuilder builder, OutputConstraint constraint, SchemaWork work)
    {
        switch (constraint.Kind)
        {
            case OutputConstraintKind.JsonObject:
                return new JsonRules(builder, constraint.Style).Object;
            case OutputConstraintKind.JsonSchema:
                return SchemaCompiler.AddTo(new JsonRules(builder, constraint.Style), constraint.Texts[0], work);
            case OutputConstraintKind.Items:
                return ItemRules.AddTo(builder, constraint.Form!, work);
            case OutputConstraintKind.Grammar:
                return GrammarText.AddTo(builder, constraint.Texts[0]);
            case OutputConstraintKind.Either:
                int[] parts = [.. constraint.Parts.Select(part => AddTo(builder, part, work))];
                return AddRule(builder, ends => Array.ForEach(parts, part => builder.Call(ends.Entry, part, ends.Exit)));
            case OutputConstraintKind.Regex:
                Pattern pattern = PatternParser.ParseWhole(constraint.Texts[0], "The regular expression");
                return AddRule(builder, ends => new PatternEmitter(builder, Utf8Encoder.Instance).Emit(pattern, ends.Entry, ends.Exit));
            default:
                if (constraint.Texts.Count is 0 or > ChoicesMax) throw new GrammarException($"A choice needs 1 to {ChoicesMax} texts.");
                List<byte[]> texts = [.. constraint.Texts.Select(Encoding.UTF8.GetBytes)];
                return AddRule(builder, ends => LiteralTree.Add(builder, texts, ends.Entry, ends.Exit));
        }
    }

    private static int AddRule(GrammarBuilder builder, Action<RuleEnds> fill)
    {
        int rule = builder.AddRule();
        fill(builder.Ends(rule));
        return rule;
    }

    private static string KeyOf(OutputConstraint constraint)
    {
        var key = new StringBuilder(constraint.Kind.ToString());
        if (constraint.Style != JsonStyle.Default) key.Append(':').Append(constraint.Style);
        foreach (string text in constraint.Texts) key.Append(CultureInfo.InvariantCulture, $":{text.Length}:{text}");
        foreach (OutputConstraint part in constraint.Parts)
        {
            string text = KeyOf(part);
            key.Append(CultureInfo.InvariantCulture, $":{text.Length}:{text}");
        }

        return key.ToString();
    }
}
