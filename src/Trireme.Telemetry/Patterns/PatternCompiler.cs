using Trireme.Contracts.Serialization;

namespace Trireme.Telemetry.Patterns;

/// <summary>Writes programs from the end to the start, so that each piece knows where it leads.</summary>
internal sealed class PatternCompiler
{
    /// <summary>A matcher with groups has room for all instructions and all slots of each.</summary>
    private const int MaxInstructions = 100_000;
    private const int MaxInstructionSlots = 4_000_000;

    private readonly string _pattern;
    private readonly List<PatternInstruction> _instructions = [];
    private readonly Dictionary<CodePointSet, CodePointSet> _sets = [];

    private PatternCompiler(string pattern) => _pattern = pattern;

    /// <summary>Makes the program that matches a whole text, line feeds included.</summary>
    /// <exception cref="PatternException">RE2 refuses the pattern, or it is too large.</exception>
    public static PatternProgram Compile(string pattern)
    {
        ParsedPattern parsed = PatternParser.Parse(pattern, PatternFlags.DotAll);
        var compiler = new PatternCompiler(pattern);
        int match = compiler.Emit(PatternOperation.Match, 0, 0);
        int close = compiler.Emit(PatternOperation.Mark, match, 1);
        int end = compiler.Emit(PatternOperation.Assert, close, (int)AssertKind.TextEnd);
        int start = compiler.Emit(PatternOperation.Mark, compiler.Write(parsed.Root, end), 0);
        var program = new PatternProgram([.. compiler._instructions], start, parsed.GroupNames);
        if ((long)program.Instructions.Length * program.Slots > MaxInstructionSlots) throw PatternException.TooLarge(pattern);
        return program;
    }

    /// <summary>Writes a node that leads to an instruction, and returns where it begins.</summary>
    [BoundedDepth("PatternParser refuses patterns deeper than 1000 levels")]
    private int Write(PatternNode node, int next)
    {
        switch (node)
        {
            case SetNode set:
                return Emit(PatternOperation.Take, next, 0, Shared(set.Set));
            case AssertNode assertion:
                return Emit(PatternOperation.Assert, next, (int)assertion.Kind);
            case GroupNode group:
                int close = Emit(PatternOperation.Mark, next, (2 * group.Index) + 1);
                return Emit(PatternOperation.Mark, Write(group.Body, close), 2 * group.Index);
            case SequenceNode sequence:
                for (int i = sequence.Parts.Count - 1; i >= 0; i--) next = Write(sequence.Parts[i], next);
                return next;
            case ChoiceNode choice:
                int entry = Write(choice.Choices[^1], next);
                for (int i = choice.Choices.Count - 2; i >= 0; i--)
                {
                    entry = Emit(PatternOperation.Fork, Write(choice.Choices[i], next), entry);
                }

                return entry;
            default:
                return WriteRepeat((RepeatNode)node, next);
        }
    }

    [BoundedDepth("PatternParser refuses patterns deeper than 1000 levels")]
    private int WriteRepeat(RepeatNode repeat, int next)
    {
        int copies = repeat.Min;
        int entry = next;
        if (repeat.Max is { } max)
        {
            for (int i = repeat.Min; i < max; i++) entry = Fork(Write(repeat.Body, entry), next, repeat.IsLazy);
        }
        else if (repeat.Min > 0)
        {
            entry = Loop(repeat, next, out _);
            copies--;
        }
        else
        {
            int body = Loop(repeat, next, out int fork);
            // A body that may be empty is entered before it is asked whether to go on, so that its first way counts first.
            entry = repeat.Body.IsNullable ? Fork(body, next, repeat.IsLazy) : fork;
        }

        for (int i = 0; i < copies; i++) entry = Write(repeat.Body, entry);
        return entry;
    }

    /// <summary>Writes a body that leads to a fork, which leads back to it or on. Returns where the body begins.</summary>
    [BoundedDepth("PatternParser refuses patterns deeper than 1000 levels")]
    private int Loop(RepeatNode repeat, int next, out int fork)
    {
        fork = Emit(PatternOperation.Fork, next, next);
        int body = Write(repeat.Body, fork);
        _instructions[fork] = repeat.IsLazy
            ? new PatternInstruction(PatternOperation.Fork, next, body, null)
            : new PatternInstruction(PatternOperation.Fork, body, next, null);
        return body;
    }

    private int Fork(int body, int next, bool isLazy) =>
        isLazy ? Emit(PatternOperation.Fork, next, body) : Emit(PatternOperation.Fork, body, next);

    private int Emit(PatternOperation operation, int next, int argument, CodePointSet? set = null)
    {
        if (_instructions.Count == MaxInstructions) throw PatternException.TooLarge(_pattern);
        _instructions.Add(new PatternInstruction(operation, next, argument, set));
        return _instructions.Count - 1;
    }

    /// <summary>One object for equal sets, so that they are told apart by reference later.</summary>
    private CodePointSet Shared(CodePointSet set)
    {
        if (_sets.TryGetValue(set, out CodePointSet? known)) return known;
        _sets.Add(set, set);
        return set;
    }
}
