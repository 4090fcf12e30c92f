using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.Fleet.Rollouts.Waves;

/// <summary>One look at a fleet rollout: what was recorded, and what has come of its services since.</summary>
internal sealed class WaveStep(WaveSnapshot snapshot, FleetRolloutStatus known, IReadOnlyList<FleetRolloutMember> seen)
{
    private readonly List<FleetRolloutMember> _members = [.. seen];
    private readonly List<WaveRelease> _create = [];
    private readonly List<WaveOrder> _orders = [];

    private static bool IsOpen(FleetRolloutMember member) =>
        member.Outcome is FleetMemberOutcome.Pending or FleetMemberOutcome.Moving;

    public WaveDecision TooMany(int count) => new(
        known with
        {
            Phase = FleetRolloutPhase.Stopped,
            ObservedGeneration = snapshot.Rollout.Metadata.Generation,
            Conditions = Conditions(
                WaveReasons.TooManyServices,
                $"spec.selector matches {count} services, at most {FleetRolloutStatus.ServicesMax} move in one fleet rollout; narrow it."),
        },
        [],
        [],
        null);

    public WaveDecision Retargeted() => End(
        FleetRolloutPhase.Stopped,
        WaveReasons.TargetChanged,
        $"It began with {known.Target}, and the spec names {WaveWords.Target(snapshot.Spec)} now. Nothing more is begun; name the first "
            + "one again, or create another FleetRollout.");

    public WaveDecision Stop(IReadOnlyList<FleetRolloutMember> failed)
    {
        string which = string.Join(' ', failed.Take(3).Select(static member => $"{member.Name}: {member.Message}"));
        string more = failed.Count > 3 ? $" And {failed.Count - 3} more." : "";
        return End(
            FleetRolloutPhase.Stopped,
            WaveReasons.ServiceFailed,
            $"{WaveWords.Progress(_members)} Nothing more is begun. {which}{more} spec.exclude with its name goes on without it, "
                + "spec.undo: true takes back what has moved.");
    }

    public WaveDecision Pause() => End(
        FleetRolloutPhase.Paused, WaveReasons.Paused, $"{WaveWords.Progress(_members)} spec.paused is true, and nothing more is begun.");

    /// <summary>What this rollout moved goes back, all of it at once: each service as fast as its replicas become ready.</summary>
    public WaveDecision GoBack()
    {
        for (int i = 0; i < _members.Count; i++)
        {
            FleetRolloutMember member = _members[i];
            bool isNamed = member.Outcome is FleetMemberOutcome.Moving or FleetMemberOutcome.Moved or FleetMemberOutcome.Asleep
                or FleetMemberOutcome.Failed;
            if (!isNamed || member.From == member.To || !snapshot.Services.TryGetValue(member.Name, out ModelService? service)) continue;
            if (service.Spec.Release != member.To || service.Metadata.Generation < member.Generation) continue;
            _members[i] = TakeBack(member, service);
        }

        int back = _members.Count(static member => member.Outcome == FleetMemberOutcome.Undone);
        int open = _members.Count(static member => member.Outcome == FleetMemberOutcome.Undoing);
        FleetRolloutMember? stuck = _members.FirstOrDefault(static member =>
            member is { Message: not null, Outcome: FleetMemberOutcome.Moved or FleetMemberOutcome.Moving or FleetMemberOutcome.Asleep });
        if (open > 0 || _orders.Count > 0 || stuck is not null)
        {
            string problem = stuck is null ? "" : $" {stuck.Name} does not: {stuck.Message}";
            return End(
                FleetRolloutPhase.Undoing, WaveReasons.Undoing, $"{back} of {back + open + _orders.Count} services went back.{problem}");
        }

        return End(FleetRolloutPhase.Undone, WaveReasons.Undone, $"{back} {(back == 1 ? "service" : "services")} went back.");
    }

    public WaveDecision Advance()
    {
        if (_members.Count == 0)
        {
            const string None = "No service matches spec.selector; those that come to will move.";
            return End(FleetRolloutPhase.Progressing, WaveReasons.NoServices, None);
        }

        int wave = Math.Max(known.Wave, _members.Min(static member => member.Wave));
        (TimeSpan started, Duration? ended) = (known.WaveStartedAfter, known.WaveEndedAfter);
        if (known.Wave == 0) started = snapshot.Elapsed;
        bool isOpen = _members.Exists(member => member.Wave <= wave && IsOpen(member));
        if (isOpen && ended is not null) (started, ended) = (snapshot.Elapsed, null);
        if (!isOpen)
        {
            if (!_members.Exists(IsOpen)) return Completed(wave);
            ended ??= RolloutTimes.Mark(snapshot.Elapsed);
            TimeSpan left = PauseAfter(wave) - (snapshot.Elapsed - ended.Value);
            if (left > TimeSpan.Zero) return Between(wave, started, ended.Value, left);
            wave = _members.Where(IsOpen).Min(static member => member.Wave);
            (started, ended) = (snapshot.Elapsed, null);
        }

        TimeSpan rest = snapshot.Spec.WaveDeadline - (snapshot.Elapsed - started);
        if (rest > TimeSpan.Zero) Begin(wave);
        return In(wave, started, rest);
    }

    private WaveDecision In(int wave, TimeSpan started, TimeSpan rest)
    {
        FleetRolloutMember? waiting = _members.Find(static member => IsOpen(member) && member.Message is not null);
        string why = waiting is null ? "" : $" {waiting.Name}: {waiting.Message}";
        string progress = $"Wave {wave} of {Last}. {WaveWords.Progress(_members)}";
        WaveDecision decision = rest > TimeSpan.Zero
            ? End(FleetRolloutPhase.Progressing, WaveReasons.Progressing, progress + why, rest)
            : End(
                FleetRolloutPhase.Stopped,
                WaveReasons.WaveDeadlineExceeded,
                $"{progress} The wave has taken longer than {snapshot.Spec.WaveDeadline}, and nothing more is begun.{why} A longer "
                    + "spec.waveDeadline goes on; spec.exclude leaves services out.");
        return decision with
        {
            Status = decision.Status with { Wave = wave, WaveStartedAfter = RolloutTimes.Mark(started), WaveEndedAfter = null },
        };
    }

    private WaveDecision Between(int wave, TimeSpan started, Duration ended, TimeSpan left)
    {
        WaveDecision decision = End(
            FleetRolloutPhase.Progressing,
            WaveReasons.BetweenWaves,
            $"Wave {wave} of {Last} has ended. {WaveWords.Progress(_members)} The next one begins {PauseAfter(wave)} after it.",
            left);
        return decision with
        {
            Status = decision.Status with { Wave = wave, WaveStartedAfter = RolloutTimes.Mark(started), WaveEndedAfter = ended },
        };
    }

    private WaveDecision Completed(int wave)
    {
        WaveDecision decision = End(FleetRolloutPhase.Completed, WaveReasons.Completed, WaveWords.Progress(_members));
        return decision with { Status = decision.Status with { Wave = wave, WaveEndedAfter = RolloutTimes.Mark(snapshot.Elapsed) } };
    }

    /// <summary>Orders services whose turn it is, as many as may move at once.</summary>
    private void Begin(int wave)
    {
        int free = snapshot.Spec.MaxMoving - _members.Count(static member => member.Outcome == FleetMemberOutcome.Moving);
        for (int i = 0; i < _members.Count && _orders.Count + _create.Count < free; i++)
        {
            FleetRolloutMember member = _members[i];
            if (member.Outcome != FleetMemberOutcome.Pending || member.Wave > wave) continue;
            _members[i] = member with { Message = Order(member) };
        }
    }

    /// <summary>Why a service cannot be ordered yet; null where it is, or is about to be.</summary>
    private string? Order(FleetRolloutMember member)
    {
        ModelService service = snapshot.Services[member.Name];
        string? refused = snapshot.Refusals.GetValueOrDefault(member.Name);
        (Release? create, string? problem) = WaveReleases.Look(snapshot, member);
        if (create is not null)
        {
            if (!_create.Exists(other => other.Release.Metadata.Name == create.Metadata.Name))
            {
                _create.Add(new WaveRelease(member.Name, create));
            }

            return refused ?? $"Release {member.To} is made for it.";
        }

        if (problem is not null) return problem;
        bool isBusy = !WaveOutcomes.IsObserved(service) || RolloutPlanner.IsMoving(service.Status?.Rollout);
        if (isBusy) return $"It waits for the end of its own rollout to {service.Spec.Release}.";
        _orders.Add(WaveOrder.Forward(snapshot, service, member.To));
        return refused;
    }

    private FleetRolloutMember TakeBack(FleetRolloutMember member, ModelService service)
    {
        snapshot.Releases.TryGetValue(member.From, out Release? from);
        string nonce = $"{snapshot.Rollout.Metadata.Uid}-{snapshot.Rollout.Metadata.Generation}";
        RolloutOrderOutcome outcome = RolloutOrders.Undo(service, member.From, from, nonce, insists: true);
        if (!outcome.IsPossible) return member with { Message = $"It cannot go back: {outcome.Refusal.Message}." };
        _orders.Add(new WaveOrder(service, member.From, outcome.Write.Patch, IsUndo: true));
        return member with { Message = snapshot.Refusals.GetValueOrDefault(member.Name) };
    }

    private int Last => _members.Max(static member => member.Wave);

    private Duration PauseAfter(int wave) => wave <= snapshot.Spec.Waves.Count ? snapshot.Spec.Waves[wave - 1].Pause : Duration.Zero;

    private WaveDecision End(FleetRolloutPhase phase, string reason, string message, TimeSpan? requeue = null) => new(
        known with
        {
            Phase = phase,
            ObservedGeneration = snapshot.Rollout.Metadata.Generation,
            Total = _members.Count,
            Moved = _members.Count(static member => member.Outcome == FleetMemberOutcome.Moved),
            Failed = _members.Count(WaveWords.IsFailed),
            Services = _members,
            Waves = WaveWords.Summary(_members),
            Conditions = Conditions(reason, message),
        },
        _create,
        _orders,
        requeue);

    private IReadOnlyList<Condition> Conditions(string reason, string message) => known.Conditions.With(
        new Condition
        {
            Type = FleetRolloutConditions.Complete,
            Status = reason == WaveReasons.Completed ? ConditionStatus.True : ConditionStatus.False,
            ObservedGeneration = snapshot.Rollout.Metadata.Generation,
            Reason = reason,
            Message = message,
        },
        snapshot.Now);
}
