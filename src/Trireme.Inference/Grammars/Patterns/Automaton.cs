namespace Trireme.Inference.Grammars.Patterns;

/// <summary>
/// A deterministic automaton over characters, for what a tree of patterns cannot say: both of two patterns, or anything but one.
/// Characters that no part of it tells apart are one class. Immutable.
/// </summary>
internal sealed class Automaton
{
    /// <summary>The state that nothing leads out of.</summary>
    public const int Dead = -1;

    /// <summary>States times classes: a few megabytes.</summary>
    private const int CellsMax = 2_000_000;

    /// <summary>Cost of all that one automaton is made of: many small steps are no less work than a large one.</summary>
    public const long CostMax = 8_000_000;

    private readonly int[] _starts;
    private readonly int[] _next;
    private readonly bool[] _accepts;

    /// <param name="starts">The first character of each class, ascending from 0.</param>
    /// <param name="next">The state after each class, state by state; the first state is the start.</param>
    /// <param name="accepts">The states in which a text may end.</param>
    /// <param name="cost">See <see cref="Cost"/>.</param>
    private Automaton(int[] starts, int[] next, bool[] accepts, long cost) =>
        (_starts, _next, _accepts, Cost) = (starts, next, accepts, cost);

    /// <summary>
    /// States times classes that were explored for it, and what was looked at in a pattern, with what it was made of and what turned out
    /// to lead nowhere.
    /// </summary>
    public long Cost { get; }

    public int StateCount => _accepts.Length;

    public bool Accepts(int state) => _accepts[state];

    /// <summary>No text is accepted.</summary>
    public bool IsEmpty => Array.TrueForAll(_accepts, static accepts => !accepts);

    /// <summary>The automaton of a pattern.</summary>
    /// <exception cref="GrammarException">It needs too many states.</exception>
    public static Automaton Of(Pattern pattern)
    {
        if (pattern is AutomatonPattern { Automaton: var made }) return made;
        var nfa = new PatternGraph(pattern);
        int[] starts = [.. nfa.ClassStarts()];
        Automaton explored = Explore(starts, nfa.Closure([nfa.Entry]), nfa.Accepts, nfa.Step, IntSet.Comparer, pattern.Cost);
        return new Automaton(explored._starts, explored._next, explored._accepts, explored.Cost + nfa.Looks);
    }

    /// <summary>The automaton with the states that a function of state and character gives.</summary>
    /// <param name="starts">The first character of each class, ascending from 0.</param>
    /// <param name="start">The first state.</param>
    /// <param name="accepts">Whether a text may end in a state.</param>
    /// <param name="step">The state after a character; null where none may follow.</param>
    /// <param name="comparer">Tells states apart.</param>
    /// <param name="cost">The cost of what the states are made of.</param>
    public static Automaton Explore<T>(
        int[] starts, T start, Func<T, bool> accepts, Func<T, int, T?> step, IEqualityComparer<T>? comparer = null, long cost = 0)
        where T : class
    {
        var known = new Dictionary<T, int>(comparer) { [start] = 0 };
        var states = new List<T> { start };
        var next = new List<int>();
        for (int state = 0; state < states.Count; state++)
        {
            if ((long)states.Count * starts.Length > CellsMax || cost + next.Count > CostMax) throw GrammarBuilder.TooLarge();
            foreach (int character in starts)
            {
                if (step(states[state], character) is not { } reached)
                {
                    next.Add(Dead);
                    continue;
                }

                if (!known.TryGetValue(reached, out int index))
                {
                    index = states.Count;
                    known.Add(reached, index);
                    states.Add(reached);
                }

                next.Add(index);
            }
        }

        return new Automaton(starts, [.. next], [.. states.Select(accepts)], cost + next.Count).Trim();
    }

    /// <summary>What both accept.</summary>
    public Automaton Intersect(Automaton other) => Combine(other, static (left, right) => left && right, needsRight: true);

    /// <summary>What this accepts and the other does not.</summary>
    public Automaton Except(Automaton other) => Combine(other, static (left, right) => left && !right, needsRight: false);

    public bool Matches(string text)
    {
        int state = 0;
        foreach (System.Text.Rune rune in text.EnumerateRunes())
        {
            state = Next(state, rune.Value);
            if (state == Dead) return false;
        }

        return _accepts[state];
    }

    /// <summary>The ways out of a state: each other state with the characters that lead there.</summary>
    public IEnumerable<(CharacterSet Set, int To)> MovesFrom(int state)
    {
        var ranges = new SortedDictionary<int, List<CharacterRange>>();
        for (int i = 0; i < _starts.Length; i++)
        {
            int to = _next[(state * _starts.Length) + i];
            if (to == Dead) continue;
            if (!ranges.TryGetValue(to, out List<CharacterRange>? list)) ranges.Add(to, list = []);
            list.Add(new CharacterRange(_starts[i], i + 1 < _starts.Length ? _starts[i + 1] - 1 : 0x10FFFF));
        }

        foreach ((int to, List<CharacterRange> list) in ranges) yield return (CharacterSet.Of([.. list]), to);
    }

    /// <summary>Adds the automaton to a grammar.</summary>
    public void Emit(GrammarBuilder builder, ICharacterEncoder encoder, int from, int to)
    {
        var nodes = new int[StateCount];
        for (int state = 0; state < nodes.Length; state++) nodes[state] = builder.AddNode();
        builder.Empty(from, nodes[0]);
        for (int state = 0; state < nodes.Length; state++)
        {
            if (_accepts[state]) builder.Empty(nodes[state], to);
            foreach ((CharacterSet set, int next) in MovesFrom(state)) builder.Characters(encoder, set, nodes[state], nodes[next]);
        }
    }

    private int Next(int state, int character)
    {
        int index = Array.BinarySearch(_starts, character);
        return _next[(state * _starts.Length) + (index >= 0 ? index : ~index - 1)];
    }

    private Automaton Combine(Automaton other, Func<bool, bool, bool> accepts, bool needsRight)
    {
        int[] starts = [.. _starts.Union(other._starts).Order()];
        return Explore(
            starts,
            new Pair(0, 0),
            pair => accepts(_accepts[pair.Left], pair.Right != Dead && other._accepts[pair.Right]),
            (pair, character) =>
            {
                int left = Next(pair.Left, character), right = pair.Right == Dead ? Dead : other.Next(pair.Right, character);
                return left == Dead || (needsRight && right == Dead) ? null : new Pair(left, right);
            },
            comparer: null,
            Cost + other.Cost);
    }

    /// <summary>Leaves out the states that lead to no end.</summary>
    private Automaton Trim()
    {
        int classes = _starts.Length;
        var before = new List<int>[StateCount];
        for (int state = 0; state < before.Length; state++) before[state] = [];
        for (int i = 0; i < _next.Length; i++)
        {
            if (_next[i] != Dead) before[_next[i]].Add(i / classes);
        }

        var useful = (bool[])_accepts.Clone();
        var work = new Stack<int>(Enumerable.Range(0, StateCount).Where(state => useful[state]));
        while (work.TryPop(out int state))
        {
            foreach (int earlier in before[state])
            {
                if (useful[earlier]) continue;
                useful[earlier] = true;
                work.Push(earlier);
            }
        }

        useful[0] = true;
        var renamed = new int[StateCount];
        int count = 0;
        for (int state = 0; state < renamed.Length; state++) renamed[state] = useful[state] ? count++ : Dead;
        var next = new int[count * classes];
        var accepts = new bool[count];
        for (int state = 0; state < renamed.Length; state++)
        {
            if (renamed[state] == Dead) continue;
            accepts[renamed[state]] = _accepts[state];
            for (int i = 0; i < classes; i++)
            {
                int to = _next[(state * classes) + i];
                next[(renamed[state] * classes) + i] = to == Dead ? Dead : renamed[to];
            }
        }

        return new Automaton(_starts, next, accepts, Cost);
    }

    private sealed record Pair(int Left, int Right);
}
