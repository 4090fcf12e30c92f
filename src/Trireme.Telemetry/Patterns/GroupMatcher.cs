using System.Text;

namespace Trireme.Telemetry.Patterns;

/// <summary>
/// Finds where the groups of a pattern matched in a whole text. All ways through the program are followed side by side, a step per code
/// point, in the order in which a backtracking matcher would try them; of two that meet, the earlier goes on. Not safe for concurrent use.
/// </summary>
internal sealed class GroupMatcher(PatternProgram program)
{
    private readonly Stack<Pending> _pending = new();
    private readonly int[] _best = new int[program.Slots];
    private readonly int[] _slots = new int[program.Slots];
    private Ways _now = new(program);
    private Ways _next = new(program);

    /// <summary>The start and end of each group by its number, -1 for one that took no part; null for no match.</summary>
    /// <exception cref="PatternBudgetException">It would take too long.</exception>
    public int[]? Match(ReadOnlySpan<char> text)
    {
        var steps = default(PatternSteps);
        bool matched = false;
        PatternSide before = PatternSide.Edge;
        _now.Clear();
        Array.Fill(_slots, -1);
        int at = 0;
        int codePoint = Decode(text, at, out int length);
        Follow(_now, program.Start, at, before, SideAt(text, at, codePoint));
        while (_now.Count > 0)
        {
            int after = at + length;
            int following = Decode(text, after, out int nextLength);
            _next.Clear();
            before = length == 0 ? PatternSide.Edge : PatternPosition.SideOf(codePoint);
            PatternSide ahead = SideAt(text, after, following);
            for (int i = 0; i < _now.Count; i++)
            {
                PatternInstruction instruction = program.Instructions[_now.Place(i)];
                if (instruction.Operation == PatternOperation.Match)
                {
                    _now.Slots(i).CopyTo(_best);
                    matched = true;
                    // Ways after this one count less.
                    break;
                }

                if (length == 0 || !instruction.Set!.Contains(codePoint)) continue;
                _now.Slots(i).CopyTo(_slots);
                Follow(_next, instruction.Next, after, before, ahead);
            }

            steps.Charge(_now.Count + _next.Visited);
            (_now, _next) = (_next, _now);
            if (length == 0) break;
            (at, codePoint, length) = (after, following, nextLength);
        }

        return matched ? _best : null;
    }

    private static int Decode(ReadOnlySpan<char> text, int at, out int length)
    {
        length = 0;
        if (at >= text.Length) return PatternText.End;
        Rune.DecodeFromUtf16(text[at..], out Rune rune, out length);
        return rune.Value;
    }

    private static PatternSide SideAt(ReadOnlySpan<char> text, int at, int codePoint) =>
        at >= text.Length ? PatternSide.Edge : PatternPosition.SideOf(codePoint);

    /// <summary>Adds the ways from a place on, up to what takes a code point. Slots are as they were when it returns.</summary>
    private void Follow(Ways ways, int start, int at, PatternSide before, PatternSide after)
    {
        _pending.Push(new Pending(start, 0, IsUndo: false));
        while (_pending.TryPop(out Pending pending))
        {
            if (pending.IsUndo)
            {
                _slots[pending.Place] = pending.Value;
                continue;
            }

            if (!ways.TryVisit(pending.Place)) continue;
            PatternInstruction instruction = program.Instructions[pending.Place];
            switch (instruction.Operation)
            {
                case PatternOperation.Fork:
                    _pending.Push(new Pending(instruction.Argument, 0, IsUndo: false));
                    _pending.Push(new Pending(instruction.Next, 0, IsUndo: false));
                    break;
                case PatternOperation.Mark:
                    _pending.Push(new Pending(instruction.Argument, _slots[instruction.Argument], IsUndo: true));
                    _slots[instruction.Argument] = at;
                    _pending.Push(new Pending(instruction.Next, 0, IsUndo: false));
                    break;
                case PatternOperation.Assert when PatternPosition.Holds((AssertKind)instruction.Argument, before, after):
                    _pending.Push(new Pending(instruction.Next, 0, IsUndo: false));
                    break;
                case PatternOperation.Take or PatternOperation.Match:
                    ways.Add(pending.Place, _slots);
                    break;
            }
        }
    }

    /// <param name="Place">An instruction to follow, or the slot to set back.</param>
    /// <param name="Value">What the slot was.</param>
    /// <param name="IsUndo">True for a slot.</param>
    private readonly record struct Pending(int Place, int Value, bool IsUndo);

    /// <summary>The places that the program is at, by rank, each with its slots.</summary>
    private sealed class Ways(PatternProgram program)
    {
        private readonly int[] _places = new int[program.Instructions.Length];
        private readonly int[] _slots = new int[program.Instructions.Length * program.Slots];
        private readonly int[] _visitedIn = new int[program.Instructions.Length];
        private int _round;

        public int Count { get; private set; }

        /// <summary>Instructions looked at, those that take nothing among them.</summary>
        public int Visited { get; private set; }

        public void Clear()
        {
            Count = 0;
            Visited = 0;
            _round++;
        }

        public bool TryVisit(int place)
        {
            if (_visitedIn[place] == _round) return false;
            _visitedIn[place] = _round;
            Visited++;
            return true;
        }

        public void Add(int place, ReadOnlySpan<int> slots)
        {
            _places[Count] = place;
            slots.CopyTo(_slots.AsSpan(Count * program.Slots));
            Count++;
        }

        public int Place(int rank) => _places[rank];

        public ReadOnlySpan<int> Slots(int rank) => _slots.AsSpan(rank * program.Slots, program.Slots);
    }
}
