using Trireme.ApiServer.Hosting;

namespace Trireme.ApiServer.Requests;

/// <summary>
/// How many answers are read and written at one time. Each may hold a page of objects until its client has taken it, so what clients that
/// read slowly or not at all can hold is bounded; of one user's there are a quarter at most, so that they keep out nobody else. Who has not
/// read his answer in time is cut off, after the minute that Kubernetes gives a request.
/// </summary>
internal sealed class AnswerTurns : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, UserTurns> _users = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _all;
    private readonly int _ofOne;
    private readonly TimeSpan _patience;
    private readonly TimeSpan _length;
    private readonly TimeProvider _time;

    /// <param name="most">Answers at one time.</param>
    /// <param name="patience">How long one waits for its turn.</param>
    /// <param name="length">How long a turn may last.</param>
    /// <param name="time">The clock of that.</param>
    public AnswerTurns(int most, TimeSpan patience, TimeSpan length, TimeProvider time)
    {
        _all = new SemaphoreSlim(most, most);
        _ofOne = Math.Max(1, most / 4);
        _patience = patience;
        _length = length;
        _time = time;
    }

    public static AnswerTurns By(ApiServerOptions options) =>
        new(options.Limits.MaxAnswers, options.Limits.AnswerPatience, options.Limits.AnswerTimeout, options.Time);

    /// <summary>Users who wait or have a turn.</summary>
    internal int Users
    {
        get
        {
            lock (_gate) return _users.Count;
        }
    }

    /// <summary>Waits for a turn, which ends when the result is disposed of; null where none came.</summary>
    /// <param name="user">Whose answer it is.</param>
    /// <param name="cut">Called when it has lasted too long.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<IDisposable?> TryTakeAsync(string user, Action cut, CancellationToken cancellationToken)
    {
        UserTurns turns = Enter(user);
        bool isOwn = false;
        bool isTaken = false;
        try
        {
            isOwn = await turns.Free.WaitAsync(_patience, cancellationToken);
            isTaken = isOwn && await _all.WaitAsync(_patience, cancellationToken);
            if (!isTaken) return null;
            ITimer end = _time.CreateTimer(static cut => ((Action)cut!)(), cut, _length, Timeout.InfiniteTimeSpan);
            return new Turn(this, user, turns, end);
        }
        finally
        {
            if (!isTaken)
            {
                if (isOwn) turns.Free.Release();
                Leave(user, turns);
            }
        }
    }

    public void Dispose() => _all.Dispose();

    private UserTurns Enter(string user)
    {
        lock (_gate)
        {
            if (!_users.TryGetValue(user, out UserTurns? turns)) _users[user] = turns = new UserTurns(_ofOne);
            turns.Members++;
            return turns;
        }
    }

    /// <summary>Names of users that hold nothing are not kept.</summary>
    private void Leave(string user, UserTurns turns)
    {
        lock (_gate)
        {
            if (--turns.Members > 0) return;
            _users.Remove(user);
            turns.Free.Dispose();
        }
    }

    private sealed class UserTurns(int most)
    {
        public SemaphoreSlim Free { get; } = new(most, most);

        /// <summary>Answers that wait or have a turn.</summary>
        public int Members { get; set; }
    }

    private sealed class Turn(AnswerTurns all, string user, UserTurns turns, ITimer end) : IDisposable
    {
        private int _ended;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _ended, 1) != 0) return;
            end.Dispose();
            all._all.Release();
            turns.Free.Release();
            all.Leave(user, turns);
        }
    }
}
