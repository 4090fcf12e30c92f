using Trireme.Fleet.Limits;

namespace Trireme.Fleet.Tests.Limits;

/// <summary>A million steps of requests that begin, are corrected, answer and end in any order, beside a plain log of them.</summary>
public sealed class LimitInterleavingTests
{
    private const int Steps = 1_000_000;
    private const long TokensPerMinute = 1000;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TokenPrices Prices = new(Prompt: 2, CachedPrompt: 1, Output: 10);

    private readonly Random _random = new(20261201);
    private readonly LimitScope _key = new("key", "k");
    private readonly LimitScope _tenant = new("tenant", "t");
    private readonly List<(RequestMeter Meter, Use Prompt, List<Use> More, DateTime Day)> _running = [];

    /// <summary>What clients got.</summary>
    private readonly UseLog _log = new();

    /// <summary>What engines did beyond that for prompts that there was no room for.</summary>
    private readonly UseLog _inVain = new();
    private readonly Dictionary<LimitKind, int> _denials = [];
    private LimitTime _now = new(TimeSpan.FromHours(1), new DateTimeOffset(2026, 6, 1, 0, 0, 0, TimeSpan.Zero));
    private DateTime _day;
    private long _spent;

    [Fact]
    public void Whatever_happens_no_limit_is_passed_and_none_refuses_what_it_has_room_for()
    {
        var limits = new UsageLimits
        {
            TokensPerMinute = TokensPerMinute, RequestsPerMinute = 40, ConcurrentRequests = 30, CostPerDay = 5_000_000,
        };
        _key.Limit(limits);
        _tenant.Limit(new UsageLimits { ConcurrentRequests = 25, TokensPerMinute = 10 * TokensPerMinute });
        for (int step = 0; step < Steps; step++)
        {
            if (_random.Next(10) == 0) Pass(TimeSpan.FromMilliseconds(_random.Next(3000)));
            if (Step() is { } denial) Check(denial);
            Assert.True(_log.Sum(_now.Steady, Minute) <= TokensPerMinute);
            Assert.True(_spent <= limits.CostPerDay);
            Assert.Equal((_running.Count, _running.Count), (_key.Active, _tenant.Active));
            Assert.True(_running.Count <= 25);
        }

        Assert.Equal(4, _denials.Count);
        Assert.All(_denials.Values, count => Assert.InRange(count, 100, Steps));
    }

    private LimitDenial? Step()
    {
        if (_running.Count == 0 || _random.Next(6) == 0) return Begin();
        int index = _random.Next(_running.Count);
        (RequestMeter meter, Use prompt, List<Use> furtherPrompt, DateTime day) = _running[index];
        long cost = meter.Cost;
        LimitDenial? denial = null;
        switch (_random.Next(15))
        {
            case 0:
                long before = meter.Prompt;
                denial = meter.CountPrompt(_random.Next(1, 30), 0, _now);
                if (meter.Prompt < before) prompt.Tokens -= before - meter.Prompt;
                else furtherPrompt.Add((denial is null ? _log : _inVain).Add(_now.Steady, meter.Prompt - before));
                break;
            case 2 when meter.Output == 0:
                // What was spent on another day stays there.
                if (day != _day) goto case 1;
                prompt.Tokens = 0;
                foreach (Use use in furtherPrompt) use.Tokens = 0;
                meter.EndUnused();
                _running.RemoveAt(index);
                break;
            case 1:
                meter.End();
                _running.RemoveAt(index);
                break;
            default:
                int tokens = _random.Next(1, 4);
                denial = meter.TakeOutput(tokens, _now);
                if (denial is null) _log.Add(_now.Steady, tokens);
                break;
        }

        if (denial is null) _spent += meter.Cost - cost;
        return denial;
    }

    private LimitDenial? Begin()
    {
        LimitDenial? denial = RequestMeter.TryBegin([_key, _tenant], _random.Next(1, 30), Prices, _now, out RequestMeter? begun);
        if (begun is null) return denial;
        Use use = _log.Add(_now.Steady, begun.Prompt);
        if (_random.Next(20) == 0)
        {
            use.Tokens = 0;
            begun.EndUnused();
            return null;
        }

        _spent += begun.Cost;
        _running.Add((begun, use, [], _day));
        return null;
    }

    /// <summary>A token that is free again is noticed at most a sixtieth of a minute late.</summary>
    private void Check(LimitDenial denial)
    {
        _denials[denial.Kind] = _denials.GetValueOrDefault(denial.Kind) + 1;
        Assert.True(denial.Asked > denial.Free);
        if (denial is { Kind: LimitKind.TokensPerMinute } && denial.Scope == _key)
        {
            TimeSpan window = Minute + (Minute / SlidingWindow.Parts);
            Assert.True(_log.Sum(_now.Steady, window) + _inVain.Sum(_now.Steady, window) + denial.Asked > TokensPerMinute);
        }
    }

    private void Pass(TimeSpan time)
    {
        _now = new LimitTime(_now.Steady + time, _now.Utc + time);
        _log.Forget(_now.Steady - (2 * Minute));
        _inVain.Forget(_now.Steady - (2 * Minute));
        if (_now.Utc.Date == _day) return;
        (_day, _spent) = (_now.Utc.Date, 0);
    }

    private sealed class Use(TimeSpan at, long tokens)
    {
        public TimeSpan At { get; } = at;

        public long Tokens { get; set; } = tokens;
    }

    private sealed class UseLog
    {
        private readonly LinkedList<Use> _uses = new();

        public Use Add(TimeSpan at, long tokens)
        {
            var use = new Use(at, tokens);
            _uses.AddLast(use);
            return use;
        }

        public void Forget(TimeSpan until)
        {
            while (_uses.First is { } first && first.Value.At <= until) _uses.RemoveFirst();
        }

        public long Sum(TimeSpan now, TimeSpan window)
        {
            long sum = 0;
            for (LinkedListNode<Use>? node = _uses.Last; node is not null && node.Value.At > now - window; node = node.Previous)
            {
                sum += node.Value.Tokens;
            }

            return sum;
        }
    }
}
