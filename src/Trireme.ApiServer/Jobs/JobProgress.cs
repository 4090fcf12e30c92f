using Trireme.Contracts.Resources;

namespace Trireme.ApiServer.Jobs;

/// <summary>The next step of a Job: what is written first, and what is done then.</summary>
/// <param name="Status">Its next status.</param>
internal sealed record JobStep(JobStatus Status)
{
    /// <summary>Pods to make.</summary>
    public int Create { get; init; }

    /// <summary>UIDs of the Pods to delete.</summary>
    public IReadOnlyList<string> Delete { get; init; } = [];

    /// <summary>UIDs of the Pods to let go: their ends are in the status that is written first.</summary>
    public IReadOnlyList<string> Release { get; init; } = [];

    /// <summary>When to look again without a change, from now; null for never.</summary>
    public TimeSpan? Again { get; init; }
}

/// <summary>
/// What a Job does next, as a pure function over it and its Pods, by the rules of Kubernetes' job controller. Each end is counted once,
/// however often the server dies: it is first noted by the Pod's UID, then the Pod is let go, and once it is, the note becomes a count in
/// the same write.
/// </summary>
internal static class JobProgress
{
    public const string Complete = "Complete";
    public const string Failed = "Failed";
    public const string Suspended = "Suspended";
    private const string SuccessCriteriaMet = "SuccessCriteriaMet";
    private const string FailureTarget = "FailureTarget";

    /// <summary>Pods made in one step, so that one Job keeps no other waiting.</summary>
    public const int CreateMax = 64;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);

    /// <summary>How long the next Pod waits after a number of failures in a row.</summary>
    public static TimeSpan PauseAfter(int failures) => failures <= 0 ? TimeSpan.Zero
        : failures > 10 ? LongestPause
        : TimeSpan.FromTicks(Math.Min(FirstPause.Ticks << (failures - 1), LongestPause.Ticks));

    public static bool Holds(JobStatus? status, string type) =>
        (status?.Conditions ?? []).Any(condition => condition.Type == type && condition.Status == ConditionStatus.True);

    /// <summary>Whether a Job has ended, for better or worse.</summary>
    public static bool HasFinished(JobStatus? status) => Holds(status, Complete) || Holds(status, Failed);

    /// <param name="job">The Job, which is not being deleted and has not ended.</param>
    /// <param name="pods">All Pods it owns.</param>
    /// <param name="pause">How long the next Pod waits because others failed; zero for not at all.</param>
    /// <param name="now">The time of day.</param>
    public static JobStep Next(Job job, IReadOnlyList<JobPod> pods, TimeSpan pause, DateTimeOffset now)
    {
        JobSpec spec = job.Spec!;
        bool rests = spec.Suspend == true;
        JobStatus status = Counted(job.Status ?? new JobStatus(), pods, pod => IsLost(pod, spec, job.Status));
        JobPod[] active = [.. pods.Where(static pod => !pod.HasEnded && !pod.IsDeleting)];
        int terminating = pods.Count(static pod => !pod.HasEnded && pod.IsDeleting);
        status = Begun(status, rests, now);
        status = Judged(status, spec, pods, active.Length, now);
        bool ends = Holds(status, SuccessCriteriaMet) || Holds(status, FailureTarget);
        int wanted = ends || rests ? 0 : Wanted(spec, status, active.Length);
        int waiting = spec.PodReplacementPolicy == "Failed" ? terminating : 0;
        int missing = Math.Max(0, wanted - active.Length - waiting);
        int create = pause > TimeSpan.Zero ? 0 : Math.Min(missing, CreateMax);
        string[] delete = [.. active.Skip(wanted).Select(static pod => pod.Uid)];
        int left = active.Length - delete.Length;
        status = status with
        {
            Active = left > 0 ? left : null,
            Terminating = terminating + delete.Length,
            Ready = active.Count(static pod => pod.IsReady),
        };
        if (ends && left == 0 && delete.Length == 0 && terminating == 0 && IsAllCounted(status)) status = Ended(status, now);
        return new JobStep(status)
        {
            Create = create,
            Delete = delete,
            Release = [.. pods.Where(pod => pod.IsTracked && IsLetGo(pod)).Select(static pod => pod.Uid)],
            Again = Earlier(create < missing ? pause : null, ends ? null : UntilDeadline(spec, status, now)),
        };

        // What was deleted because the Job rests or ends has not failed, and is not counted.
        bool IsLetGo(JobPod pod) => IsNoted(status, pod.Uid) || ((ends || rests) && pod.IsDeleting && !pod.HasEnded);
    }

    /// <summary>Whether a Pod counts as failed because somebody deleted it before it ended.</summary>
    private static bool IsLost(JobPod pod, JobSpec spec, JobStatus? status) =>
        pod.IsDeleting
        && !pod.HasEnded
        && spec.Suspend != true
        && !Holds(status, FailureTarget)
        && !Holds(status, SuccessCriteriaMet)
        && (spec.PodReplacementPolicy != "Failed" || pod.IsGone);

    /// <summary>Notes ends that are new, and counts those whose Pods have been let go.</summary>
    private static JobStatus Counted(JobStatus status, IReadOnlyList<JobPod> pods, Func<JobPod, bool> isLost)
    {
        HashSet<string> held = [.. pods.Where(static pod => pod.IsTracked).Select(static pod => pod.Uid)];
        IReadOnlyList<string> succeeded = status.UncountedTerminatedPods?.Succeeded ?? [];
        IReadOnlyList<string> failed = status.UncountedTerminatedPods?.Failed ?? [];
        IEnumerable<JobPod> fresh = pods.Where(pod => pod.IsTracked && (pod.HasEnded || isLost(pod)) && !IsNoted(status, pod.Uid));
        ILookup<bool, string> ended = fresh.ToLookup(static pod => pod.HasSucceeded, static pod => pod.Uid);
        string[] noted = [.. succeeded.Where(held.Contains), .. ended[true]];
        string[] notedFailed = [.. failed.Where(held.Contains), .. ended[false]];
        return status with
        {
            Succeeded = Sum(status.Succeeded, succeeded.Count(uid => !held.Contains(uid))),
            Failed = Sum(status.Failed, failed.Count(uid => !held.Contains(uid))),
            UncountedTerminatedPods = new UncountedPods
            {
                Succeeded = noted.Length > 0 ? noted : null,
                Failed = notedFailed.Length > 0 ? notedFailed : null,
            },
        };

        static int? Sum(int? known, int added) => known + added ?? (added > 0 ? added : (int?)null);
    }

    private static JobStatus Begun(JobStatus status, bool rests, DateTimeOffset now)
    {
        if (rests)
        {
            return With(status with { StartTime = null }, Suspended, ConditionStatus.True, "JobSuspended", "Job suspended", now);
        }

        if (Holds(status, Suspended))
        {
            status = With(status, Suspended, ConditionStatus.False, "JobResumed", "Job resumed", now);
        }

        return status with { StartTime = status.StartTime ?? now };
    }

    /// <summary>Says that the Job is to end, once there is a reason.</summary>
    private static JobStatus Judged(JobStatus status, JobSpec spec, IReadOnlyList<JobPod> pods, int active, DateTimeOffset now)
    {
        if (Holds(status, FailureTarget) || Holds(status, SuccessCriteriaMet)) return status;
        int limit = spec.BackoffLimit ?? 6;
        int restarts = spec.Template.Spec?.RestartPolicy == "OnFailure" ? pods.Sum(static pod => pod.Restarts) : 0;
        bool restartedTooOften = restarts > 0 && restarts >= limit;
        if (AllFailed(status) > limit || restartedTooOften)
        {
            const string Message = "Job has reached the specified backoff limit";
            return With(status, FailureTarget, ConditionStatus.True, "BackoffLimitExceeded", Message, now);
        }

        if (spec.Suspend != true && UntilDeadline(spec, status, now) <= TimeSpan.Zero)
        {
            const string Message = "Job was active longer than specified deadline";
            return With(status, FailureTarget, ConditionStatus.True, "DeadlineExceeded", Message, now);
        }

        int succeeded = AllSucceeded(status);
        bool isReached = spec.Completions is { } completions ? succeeded >= completions : succeeded > 0 && active == 0;
        return isReached
            ? With(
                status, SuccessCriteriaMet, ConditionStatus.True, "CompletionsReached", "Reached expected number of succeeded pods", now)
            : status;
    }

    private static JobStatus Ended(JobStatus status, DateTimeOffset now)
    {
        bool succeeded = Holds(status, SuccessCriteriaMet);
        JobCondition cause = status.Conditions!.First(condition => condition.Type == (succeeded ? SuccessCriteriaMet : FailureTarget));
        string type = succeeded ? Complete : Failed;
        status = With(status, type, ConditionStatus.True, cause.Reason ?? "", cause.Message ?? "", now);
        return succeeded ? status with { CompletionTime = now } : status;
    }

    /// <summary>How many Pods are to run.</summary>
    private static int Wanted(JobSpec spec, JobStatus status, int active)
    {
        int parallelism = spec.Parallelism ?? 1;
        int succeeded = AllSucceeded(status);
        // Without a number, the first success says that there is no more to begin; what runs goes on.
        if (spec.Completions is not { } completions) return succeeded > 0 ? Math.Min(active, parallelism) : parallelism;
        return Math.Min(parallelism, Math.Max(0, completions - succeeded));
    }

    private static TimeSpan? UntilDeadline(JobSpec spec, JobStatus status, DateTimeOffset now) =>
        spec.ActiveDeadlineSeconds is { } seconds && status.StartTime is { } start
            ? start.AddSeconds(Math.Min(seconds, int.MaxValue)) - now
            : null;

    private static TimeSpan? Earlier(TimeSpan? one, TimeSpan? other) =>
        one is null ? other : other is null ? one : one < other ? one : other;

    private static int AllSucceeded(JobStatus status) => (status.Succeeded ?? 0) + (status.UncountedTerminatedPods?.Succeeded?.Count ?? 0);

    private static int AllFailed(JobStatus status) => (status.Failed ?? 0) + (status.UncountedTerminatedPods?.Failed?.Count ?? 0);

    private static bool IsAllCounted(JobStatus status) => status.UncountedTerminatedPods is null or { Succeeded: null, Failed: null };

    private static bool IsNoted(JobStatus status, string uid) =>
        status.UncountedTerminatedPods?.Succeeded?.Contains(uid) == true || status.UncountedTerminatedPods?.Failed?.Contains(uid) == true;

    private static JobStatus With(
        JobStatus status, string type, ConditionStatus value, string reason, string message, DateTimeOffset now)
    {
        JobCondition? present = (status.Conditions ?? []).FirstOrDefault(condition => condition.Type == type);
        if (present?.Status == value) return status;
        var condition = new JobCondition
        {
            Type = type, Status = value, LastProbeTime = now, LastTransitionTime = now, Reason = reason, Message = message,
        };
        return status with { Conditions = [.. (status.Conditions ?? []).Where(known => known.Type != type), condition] };
    }
}
