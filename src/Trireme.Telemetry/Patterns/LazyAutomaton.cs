using System.Runtime.InteropServices;
using System.Text;

namespace Trireme.Telemetry.Patterns;

/// <summary>
/// Says whether a whole text matches. States are the sets of places that a program can be at; they are made as texts need them, and all
/// forgotten when they have become many, so that neither time nor memory grows beyond bounds whatever the pattern. Safe for concurrent
/// use, one text at a time.
/// </summary>
internal sealed class LazyAutomaton
{
    /// <summary>Four megabytes of transitions, and as much of places.</summary>
    private const int MaxHeldNumbers = 2_000_000;

    private const int Unknown = -1;

    private readonly PatternProgram _program;
    private readonly PatternAlphabet _alphabet;
    private readonly Lock _lock = new();
    private readonly Dictionary<StateKey, int> _numbers = [];
    private readonly List<State> _states = [];
    private readonly Stack<int> _pending = new();
    private readonly bool[] _seen;
    private readonly List<int> _reached = [];
    private int _held;

    public LazyAutomaton(PatternProgram program)
    {
        _program = program;
        _alphabet = new PatternAlphabet(program);
        _seen = new bool[program.Instructions.Length];
    }

    /// <exception cref="PatternBudgetException">It would take too long.</exception>
    public bool IsMatch(ReadOnlySpan<char> text)
    {
        lock (_lock) return Run(text);
    }

    private bool Run(ReadOnlySpan<char> text)
    {
        var steps = default(PatternSteps);
        int state = NumberOf([_program.Start], PatternSide.Edge);
        while (!text.IsEmpty)
        {
            int codePoint = text[0];
            int length = 1;
            if (char.IsSurrogate(text[0]))
            {
                Rune.DecodeFromUtf16(text, out Rune rune, out length);
                codePoint = rune.Value;
            }

            text = text[length..];
            steps.Charge(1);
            state = Step(state, _alphabet.SymbolOf(codePoint), ref steps);
            if (_states[state].Places.Length == 0) return false;
        }

        return Accepts(state, ref steps);
    }

    private int Step(int state, int symbol, ref PatternSteps steps)
    {
        int known = _states[state].Targets[symbol];
        if (known != Unknown) return known;
        int representative = _alphabet.Representatives[symbol];
        Reach(_states[state], SideOf(representative), ref steps);
        var places = new SortedSet<int>();
        foreach (int place in _reached)
        {
            PatternInstruction instruction = _program.Instructions[place];
            if (instruction.Operation == PatternOperation.Take && instruction.Set!.Contains(representative)) places.Add(instruction.Next);
        }

        State from = _states[state];
        int target = NumberOf([.. places], SideOf(representative));
        from.Targets[symbol] = target;
        return target;
    }

    /// <summary>What stands at a position, where the program asks for it; more would make more states of the same.</summary>
    private PatternSide SideOf(int codePoint)
    {
        PatternSide side = PatternPosition.SideOf(codePoint);
        bool asked = side == PatternSide.Word ? _program.AsksForWords : _program.AsksForLines;
        return asked ? side : PatternSide.Other;
    }

    private bool Accepts(int state, ref PatternSteps steps)
    {
        State at = _states[state];
        if (at.Accepts is { } known) return known;
        Reach(at, PatternSide.Edge, ref steps);
        bool accepts = _reached.Exists(place => _program.Instructions[place].Operation == PatternOperation.Match);
        at.Accepts = accepts;
        return accepts;
    }

    /// <summary>Finds the places that are reached from those of a state without taking anything.</summary>
    private void Reach(State state, PatternSide after, ref PatternSteps steps)
    {
        _reached.Clear();
        foreach (int place in state.Places) Visit(place);
        while (_pending.TryPop(out int place))
        {
            PatternInstruction instruction = _program.Instructions[place];
            switch (instruction.Operation)
            {
                case PatternOperation.Fork:
                    Visit(instruction.Next);
                    Visit(instruction.Argument);
                    break;
                case PatternOperation.Mark:
                    Visit(instruction.Next);
                    break;
                case PatternOperation.Assert when PatternPosition.Holds((AssertKind)instruction.Argument, state.Before, after):
                    Visit(instruction.Next);
                    break;
            }
        }

        foreach (int place in _reached) _seen[place] = false;
        steps.Charge(_reached.Count);
    }

    private void Visit(int place)
    {
        if (_seen[place]) return;
        _seen[place] = true;
        _reached.Add(place);
        _pending.Push(place);
    }

    private int NumberOf(int[] places, PatternSide before)
    {
        var key = new StateKey(places, before);
        if (_numbers.TryGetValue(key, out int number)) return number;
        int size = _alphabet.Count + places.Length;
        if (_held + size > MaxHeldNumbers)
        {
            _numbers.Clear();
            _states.Clear();
            _held = 0;
        }

        _held += size;
        var targets = new int[_alphabet.Count];
        Array.Fill(targets, Unknown);
        _states.Add(new State(places, before, targets));
        _numbers.Add(key, _states.Count - 1);
        return _states.Count - 1;
    }

    private sealed class State(int[] places, PatternSide before, int[] targets)
    {
        public int[] Places { get; } = places;

        public PatternSide Before { get; } = before;

        /// <summary>By symbol, the number of the state after it.</summary>
        public int[] Targets { get; } = targets;

        /// <summary>Whether a text that ends here matches, once that was asked.</summary>
        public bool? Accepts { get; set; }
    }

    private readonly struct StateKey(int[] places, PatternSide before) : IEquatable<StateKey>
    {
        private readonly int[] _places = places;
        private readonly PatternSide _before = before;

        public bool Equals(StateKey other) => _before == other._before && _places.AsSpan().SequenceEqual(other._places);

        public override bool Equals(object? obj) => obj is StateKey other && Equals(other);

        public override int GetHashCode()
        {
            var hash = default(HashCode);
            hash.Add(_before);
            hash.AddBytes(MemoryMarshal.AsBytes(_places.AsSpan()));
            return hash.ToHashCode();
        }
    }
}
