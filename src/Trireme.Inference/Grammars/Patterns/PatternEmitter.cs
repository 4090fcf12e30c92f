namespace Trireme.Inference.Grammars.Patterns;

/// <summary>Writes a pattern into a grammar, part by part (Thompson 1968).</summary>
internal sealed class PatternEmitter(GrammarBuilder builder, ICharacterEncoder encoder)
{
    public void Emit(Pattern pattern, int from, int to) => Emit(pattern, from, to, depth: 0);

    private void Emit(Pattern pattern, int from, int to, int depth)
    {
        Pattern.CheckDepth(depth);
        switch (pattern)
        {
            case SetPattern set:
                builder.Characters(encoder, set.Set, from, to);
                break;
            case SequencePattern sequence:
                EmitSequence(sequence.Parts, from, to, depth + 1);
                break;
            case AnyPattern any:
                foreach (Pattern alternative in any.Alternatives) Emit(alternative, from, to, depth + 1);
                break;
            case RepeatPattern repeat:
                EmitRepeat(repeat, from, to, depth + 1);
                break;
            case RulePattern call:
                builder.Call(from, call.Rule, to);
                break;
            case AutomatonPattern known:
                known.Automaton.Emit(builder, encoder, from, to);
                break;
            default:
                throw new InvalidOperationException($"Unknown pattern {pattern.GetType().Name}.");
        }
    }

    private void EmitSequence(IReadOnlyList<Pattern> parts, int from, int to, int depth)
    {
        for (int i = 0; i < parts.Count; i++)
        {
            int next = i == parts.Count - 1 ? to : builder.AddNode();
            Emit(parts[i], from, next, depth);
            from = next;
        }

        if (parts.Count == 0) builder.Empty(from, to);
    }

    private void EmitRepeat(RepeatPattern repeat, int from, int to, int depth)
    {
        for (int i = 0; i < repeat.Minimum; i++)
        {
            int next = builder.AddNode();
            Emit(repeat.Part, from, next, depth);
            from = next;
        }

        if (repeat.Maximum is not { } maximum)
        {
            // A node of its own, so that nothing else leads into the loop.
            int loop = builder.AddNode();
            builder.Empty(from, loop);
            Emit(repeat.Part, loop, loop, depth);
            builder.Empty(loop, to);
            return;
        }

        builder.Empty(from, to);
        for (int i = repeat.Minimum; i < maximum; i++)
        {
            int next = builder.AddNode();
            Emit(repeat.Part, from, next, depth);
            builder.Empty(next, to);
            from = next;
        }
    }
}
