using System.Runtime.InteropServices;

namespace Trireme.Inference.Grammars.Matching;

/// <summary>
/// Runs a grammar over bytes as a finite automaton whose states are made when they are first reached. Every state it hands out can
/// still lead to a whole text. Not thread-safe.
/// </summary>
internal sealed class MatchMachine
{
    /// <summary>An ambiguous grammar can read a text in exponentially many ways; the shortest of them are followed further.</summary>
    private const int ThreadsMax = 1_024;

    /// <summary>States and their threads kept at once, a dozen megabytes, before all are dropped and made again when reached.</summary>
    private const int StatesMax = 8_192;

    private const int ThreadTotalMax = 256 * 1_024;

    /// <summary>A walk counts the states it meets, which must not be made anew in its middle; up to this many times the others it may
    /// not.</summary>
    private const int WalkFactor = 4;

    private readonly Grammar _grammar;
    private readonly int[] _distances;
    private readonly bool[] _available;
    private readonly int _classCount;
    private readonly Dictionary<int, List<MatchState>> _states = [];
    private readonly Dictionary<(int Node, int Parent), ReturnFrame> _frames = [];
    private readonly HashSet<(int Node, int Frame)> _seen = [];
    private readonly Stack<MatchThread> _work = new();
    private readonly List<MatchThread> _threads = [];
    private int _stateCount;
    private int _threadTotal;
    private int _frameCount;
    private bool _accepts;
    private bool _isWalking;

    public MatchMachine(Grammar grammar, int[] distances, ReadOnlySpan<bool> available)
    {
        _grammar = grammar;
        _distances = distances;
        _available = available.ToArray();
        _classCount = grammar.ByteClasses[255] + 1;
        Follow(grammar.Rules[grammar.StartRule].Entry, startFrame: null);
        Start = TakeState();
    }

    public MatchState Start { get; }

    public MatchState Step(MatchState state, byte value)
    {
        if (state == MatchState.Dead) return state;
        int kind = _grammar.ByteClasses[value];
        return state.Next[kind] ?? (state.Next[kind] = Make(state, value));
    }

    /// <summary>
    /// Begins to look at everything that may follow a state, during which equal states are one object. Returns the state to begin with:
    /// one that was dropped since it was reached is taken up again.
    /// </summary>
    public MatchState BeginWalk(MatchState state)
    {
        if (IsFull(1)) ClearStates();
        _isWalking = true;
        List<MatchState> alike = AlikeOf(state.Threads, state.Accepts);
        foreach (MatchState known in alike)
        {
            if (known.Accepts == state.Accepts && known.Threads.SequenceEqual(state.Threads)) return known;
        }

        Keep(state, alike);
        return state;
    }

    public void EndWalk() => _isWalking = false;

    /// <summary>The smallest byte that starts a shortest way to a whole text. Only for states at a finite distance above zero.</summary>
    public byte NextOfShortest(MatchState state)
    {
        int best = int.MaxValue;
        foreach (MatchThread thread in state.Threads)
        {
            foreach (ByteEdge edge in _grammar.Bytes.From(thread.Node))
            {
                int first = Distances.FirstAvailable(edge, _available);
                if (first >= 0 && first < best && Cost(edge, thread.Frame) == state.ContinuationDistance) best = first;
            }
        }

        return (byte)best;
    }

    private MatchState Make(MatchState state, byte value)
    {
        if (IsFull(_isWalking ? WalkFactor : 1)) ClearStates();
        foreach (MatchThread thread in state.Threads)
        {
            foreach (ByteEdge edge in _grammar.Bytes.From(thread.Node))
            {
                if (edge.Low <= value && value <= edge.High) Follow(edge.To, thread.Frame);
            }
        }

        return TakeState();
    }

    /// <summary>Collects the threads that wait for a byte, through everything that needs none.</summary>
    private void Follow(int start, ReturnFrame? startFrame)
    {
        _work.Push(new MatchThread(start, startFrame));
        while (_work.TryPop(out MatchThread thread))
        {
            (int node, ReturnFrame? frame) = thread;
            // A node without a way to its exit would only lead into a dead end later.
            if (_distances[node] == Distances.Infinite || !_seen.Add((node, frame?.Id ?? -1))) continue;
            if (_grammar.IsExit(node))
            {
                if (frame is null)
                {
                    _accepts = true;
                }
                else
                {
                    _work.Push(new MatchThread(frame.Node, frame.Parent));
                }

                continue;
            }

            foreach (EmptyEdge edge in _grammar.Empties.From(node)) _work.Push(new MatchThread(edge.To, frame));
            foreach (CallEdge edge in _grammar.Calls.From(node))
            {
                if (_distances[edge.To] == Distances.Infinite) continue;
                _work.Push(new MatchThread(_grammar.Rules[edge.Rule].Entry, Push(edge.To, frame)));
            }

            if (!_grammar.Bytes.HasNoEdges(node)) _threads.Add(thread);
        }
    }

    /// <summary>A return to an exit returns further at once, so such a frame is left out: states stay few and recursion flat.</summary>
    private ReturnFrame? Push(int node, ReturnFrame? parent)
    {
        if (_grammar.IsExit(node)) return parent;
        ref ReturnFrame? frame = ref CollectionsMarshal.GetValueRefOrAddDefault(_frames, (node, parent?.Id ?? -1), out _);
        return frame ??= new ReturnFrame(_frameCount++, node, parent, Sum(_distances[node], parent));
    }

    private int Cost(in ByteEdge edge, ReturnFrame? frame)
    {
        int after = _distances[edge.To];
        return after == Distances.Infinite ? Distances.Infinite : Sum(after + 1L, frame);
    }

    /// <summary>Saturates: a distance no context can hold needs no exact value, but stays finite.</summary>
    private static int Sum(long distance, ReturnFrame? frame) =>
        (int)Math.Min(distance + (frame?.Distance ?? 0), Distances.Infinite - 1);

    /// <summary>Makes the collected threads a state, or finds the equal one there is.</summary>
    private MatchState TakeState()
    {
        MatchState state = Intern();
        _threads.Clear();
        _seen.Clear();
        _accepts = false;
        return state;
    }

    private MatchState Intern()
    {
        if (_threads.Count == 0 && !_accepts) return MatchState.Dead;
        if (_threads.Count > ThreadsMax) KeepShortest();
        _threads.Sort(static (left, right) => left.Node != right.Node
            ? left.Node.CompareTo(right.Node)
            : (left.Frame?.Id ?? -1).CompareTo(right.Frame?.Id ?? -1));

        ReadOnlySpan<MatchThread> threads = CollectionsMarshal.AsSpan(_threads);
        List<MatchState> alike = AlikeOf(threads, _accepts);
        foreach (MatchState known in alike)
        {
            if (known.Accepts == _accepts && known.Threads.SequenceEqual(threads)) return known;
        }

        int onwards = Distances.Infinite;
        foreach (MatchThread thread in _threads) onwards = Math.Min(onwards, ContinuationDistance(thread));
        var state = new MatchState([.. _threads], _accepts, _accepts ? 0 : onwards, onwards, _classCount);
        Keep(state, alike);
        return state;
    }

    private bool IsFull(int factor) => _stateCount >= StatesMax * factor || _threadTotal >= ThreadTotalMax * factor;

    private List<MatchState> AlikeOf(ReadOnlySpan<MatchThread> threads, bool accepts)
    {
        var hash = default(HashCode);
        hash.Add(accepts);
        foreach (MatchThread thread in threads) hash.Add((thread.Node, thread.Frame?.Id ?? -1));
        ref List<MatchState>? alike = ref CollectionsMarshal.GetValueRefOrAddDefault(_states, hash.ToHashCode(), out _);
        return alike ??= [];
    }

    private void Keep(MatchState state, List<MatchState> alike)
    {
        alike.Add(state);
        _stateCount++;
        _threadTotal += state.Threads.Length;
    }

    private int ContinuationDistance(in MatchThread thread)
    {
        int least = Distances.Infinite;
        foreach (ByteEdge edge in _grammar.Bytes.From(thread.Node))
        {
            int cost = Cost(edge, thread.Frame);
            if (cost < least && Distances.FirstAvailable(edge, _available) >= 0) least = cost;
        }

        return least;
    }

    private void KeepShortest()
    {
        _threads.Sort((left, right) => ContinuationDistance(left).CompareTo(ContinuationDistance(right)) switch
        {
            // The order must not depend on which frame was made first.
            0 => left.Node != right.Node ? left.Node.CompareTo(right.Node) : ReturnFrame.Compare(left.Frame, right.Frame),
            int order => order,
        });
        _threads.RemoveRange(ThreadsMax, _threads.Count - ThreadsMax);
    }

    private void ClearStates()
    {
        // Requests hold states of their own; without their links these keep nothing else in memory.
        foreach (List<MatchState> alike in _states.Values)
        {
            foreach (MatchState state in alike) state.Clear();
        }

        _states.Clear();
        _frames.Clear();
        _stateCount = 0;
        _threadTotal = 0;
    }
}
