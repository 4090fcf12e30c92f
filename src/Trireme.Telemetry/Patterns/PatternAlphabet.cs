namespace Trireme.Telemetry.Patterns;

/// <summary>
/// Code points by what a program can tell of them: those that are in the same of its sets are one symbol, so that an automaton has a few
/// symbols instead of a million.
/// </summary>
internal sealed class PatternAlphabet
{
    private const int Ascii = 128;

    /// <summary>First code points of the intervals that are alike within, and the symbol of each.</summary>
    private readonly int[] _starts;
    private readonly int[] _symbols;
    private readonly int[] _ofAscii = new int[Ascii];

    public PatternAlphabet(PatternProgram program)
    {
        HashSet<CodePointSet> sets = Sets(program);
        _starts = Starts(sets);
        _symbols = new int[_starts.Length];
        int next = 1;
        foreach (CodePointSet set in sets) next = Split(set, next);
        Representatives = Renumber();
        for (int c = 0; c < Ascii; c++) _ofAscii[c] = Find(c);
    }

    /// <summary>By symbol, a code point of it.</summary>
    public int[] Representatives { get; }

    public int Count => Representatives.Length;

    public int SymbolOf(int codePoint) => codePoint < Ascii ? _ofAscii[codePoint] : Find(codePoint);

    /// <summary>Every set that a step asks for, and those that assertions ask for.</summary>
    private static HashSet<CodePointSet> Sets(PatternProgram program)
    {
        var sets = new HashSet<CodePointSet>();
        foreach (PatternInstruction instruction in program.Instructions)
        {
            if (instruction.Set is { } set) sets.Add(set);
        }

        if (program.AsksForWords) sets.Add(AsciiClasses.Word);
        if (program.AsksForLines) sets.Add(CodePointSet.LineFeed);

        return sets;
    }

    private static int[] Starts(HashSet<CodePointSet> sets)
    {
        var starts = new List<int> { 0 };
        foreach (CodePointSet set in sets)
        {
            ReadOnlySpan<int> bounds = set.Bounds;
            for (int i = 0; i < bounds.Length; i += 2)
            {
                starts.Add(bounds[i]);
                if (bounds[i + 1] < CodePointSet.Last) starts.Add(bounds[i + 1] + 1);
            }
        }

        starts.Sort();
        return [.. starts.Distinct()];
    }

    /// <summary>Gives those of each symbol that are in the set a symbol of their own; returns the next number that is free.</summary>
    private int Split(CodePointSet set, int next)
    {
        var inside = new Dictionary<int, int>();
        ReadOnlySpan<int> bounds = set.Bounds;
        for (int range = 0; range < bounds.Length; range += 2)
        {
            for (int i = Array.BinarySearch(_starts, bounds[range]); i < _starts.Length && _starts[i] <= bounds[range + 1]; i++)
            {
                if (!inside.TryGetValue(_symbols[i], out int symbol)) inside.Add(_symbols[i], symbol = next + inside.Count);
                _symbols[i] = symbol;
            }
        }

        return next + inside.Count;
    }

    /// <summary>Numbers the symbols that are left from zero on, and returns the first code point of each.</summary>
    private int[] Renumber()
    {
        var numbers = new Dictionary<int, int>();
        var representatives = new List<int>();
        for (int i = 0; i < _symbols.Length; i++)
        {
            if (!numbers.TryGetValue(_symbols[i], out int number))
            {
                numbers.Add(_symbols[i], number = numbers.Count);
                representatives.Add(_starts[i]);
            }

            _symbols[i] = number;
        }

        return [.. representatives];
    }

    private int Find(int codePoint)
    {
        int found = Array.BinarySearch(_starts, codePoint);
        return _symbols[found >= 0 ? found : ~found - 1];
    }
}
