using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Trireme.ApiServer.GarbageCollection;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Timing;

namespace Trireme.ApiServer.Jobs;

/// <summary>Runs Jobs: does what <see cref="JobProgress"/> says is next, one Job at a time, and the status first.</summary>
internal sealed class JobController : KeyedController<ObjectKey>
{
    private const string Component = "job-controller";

    /// <summary>When a Pod that was refused is tried again.</summary>
    private static readonly TimeSpan RefusedPause = TimeSpan.FromSeconds(10);

    private readonly ObjectStore _store;
    private readonly ObjectWriter _writer;
    private readonly ObjectDeletion _deletion;
    private readonly JobPods _pods;
    private readonly ObjectEvents _events;
    private readonly ServedResource? _jobs;

    /// <summary>Failures in a row of each Job, and when the last was seen; as many as there are Jobs with failures.</summary>
    private readonly Dictionary<string, (int Failures, TimeSpan At)> _failures = [];

    public JobController(
        ObjectStore store,
        ServedResources resources,
        ObjectWriter writer,
        ObjectDeletion deletion,
        JobPods pods,
        ObjectEvents events,
        ApiServerOptions options,
        ILogger<JobController> logger)
        : base(options, logger)
    {
        _store = store;
        _writer = writer;
        _deletion = deletion;
        _pods = pods;
        _events = events;
        _jobs = pods.Resource is null ? null : resources.Find("jobs.batch");
        if (_jobs is not null) store.Changes.Observe(Note);
    }

    protected override void Begin()
    {
        if (_jobs is null) return;
        foreach (StoredObject job in _store.List(new ListQuery(_jobs, "")).Objects) Due.Add(job.Key);
        // A Job may have gone while nobody looked, and left Pods that are held for it.
        foreach (StoredObject pod in _store.List(new ListQuery(_pods.Resource!, "")).Objects) NotePod(pod);
    }

    protected override async Task<TimeSpan?> LookAsync(ObjectKey key)
    {
        StoredObject? stored = _store.Get(key);
        foreach (StoredObject orphan in _pods.Orphans(key, stored?.Uid)) await _pods.ReleaseAsync(orphan);
        if (stored is null || stored.Document.Deserialize<Job>(ResourceJson.Options) is not { Spec: not null } job) return null;
        StoredObject[] pods = _pods.Of(stored);
        if (job.Metadata.IsDeleting || JobProgress.HasFinished(job.Status)) return await FinishAsync(stored, job, pods);

        JobPod[] seen = [.. pods.Select(JobPod.Of)];
        JobStep step = JobProgress.Next(job, seen, PauseOf(job, seen), Time.GetUtcNow());
        if (await WriteAsync(stored, step.Status) is not { } written)
        {
            Due.Add(key);
            return null;
        }

        await TellAsync(written, job.Status, step.Status);
        foreach (StoredObject pod in pods.Where(pod => step.Release.Contains(pod.Uid))) await _pods.ReleaseAsync(pod);
        foreach (StoredObject pod in pods.Where(pod => step.Delete.Contains(pod.Uid)))
        {
            await _pods.DeleteAsync(pod);
            await _events.ReportAsync(Component, written, "SuccessfulDelete", $"Deleted pod: {pod.Key.Name}");
        }

        return await CreateAsync(written, step.Create) ? step.Again : RefusedPause;
    }

    /// <summary>Lets the Pods of a Job go that has ended or goes, and deletes it once it has been kept long enough.</summary>
    private async Task<TimeSpan?> FinishAsync(StoredObject stored, Job job, StoredObject[] pods)
    {
        _failures.Remove(stored.Uid);
        foreach (StoredObject pod in pods.Where(static pod => JobPod.Of(pod).IsTracked)) await _pods.ReleaseAsync(pod);
        if (job.Metadata.IsDeleting || job.Spec!.TtlSecondsAfterFinished is not { } seconds) return null;
        DateTimeOffset ended = job.Status!.Conditions!
            .First(static condition => condition.Type is JobProgress.Complete or JobProgress.Failed)
            .LastTransitionTime ?? Time.GetUtcNow();
        TimeSpan left = ended.AddSeconds(seconds) - Time.GetUtcNow();
        if (left > TimeSpan.Zero) return left;
        await _deletion.DeleteAsync(stored, DeletionPropagation.Foreground);
        return null;
    }

    /// <summary>The stored Job with its next status; null where another write came first.</summary>
    private async Task<StoredObject?> WriteAsync(StoredObject stored, JobStatus status)
    {
        JsonObject next = stored.ToDocument();
        next["status"] = JsonSerializer.SerializeToNode(status, ResourceJson.Options);
        return JsonNode.DeepEquals(next["status"], stored.Document["status"])
            ? stored
            : await _writer.UpdateAsync(stored, PreparedObject.Of(next), isStatus: true);
    }

    /// <summary>Makes Pods; false where one was refused, which the Job's events then say.</summary>
    private async Task<bool> CreateAsync(StoredObject job, int count)
    {
        for (int i = 0; i < count; i++)
        {
            if ((await _pods.CreateAsync(job)).Failed(out StatusError? error, out StoredObject? pod))
            {
                await _events.ReportAsync(Component, job, "FailedCreate", $"Error creating: {error.Message}", isWarning: true);
                return false;
            }

            await _events.ReportAsync(Component, job, "SuccessfulCreate", $"Created pod: {pod.Key.Name}");
        }

        return true;
    }

    private async Task TellAsync(StoredObject job, JobStatus? before, JobStatus after)
    {
        foreach (JobCondition condition in (after.Conditions ?? []).Where(condition => !IsTold(before, condition)))
        {
            switch (condition.Type)
            {
                case JobProgress.Complete:
                    await _events.ReportAsync(Component, job, "Completed", "Job completed");
                    break;
                case JobProgress.Failed:
                    await _events.ReportAsync(Component, job, condition.Reason ?? "", condition.Message ?? "", isWarning: true);
                    break;
                case JobProgress.Suspended:
                    bool rests = condition.Status == ConditionStatus.True;
                    await _events.ReportAsync(Component, job, rests ? "Suspended" : "Resumed", rests ? "Job suspended" : "Job resumed");
                    break;
            }
        }

        static bool IsTold(JobStatus? before, JobCondition condition) => (before?.Conditions ?? [])
            .Any(known => known.Type == condition.Type && known.Status == condition.Status);
    }

    /// <summary>
    /// How long the next Pod waits. Failures are counted from when they are seen; those of before the start count as seen at the start.
    /// </summary>
    private TimeSpan PauseOf(Job job, JobPod[] pods)
    {
        string uid = job.Metadata.Uid ?? "";
        TimeSpan now = Time.GetSteadyTime();
        HashSet<string> noted =
            [.. job.Status?.UncountedTerminatedPods?.Succeeded ?? [], .. job.Status?.UncountedTerminatedPods?.Failed ?? []];
        JobPod[] fresh = [.. pods.Where(pod => pod.IsTracked && pod.HasEnded && !noted.Contains(pod.Uid))];
        int failed = fresh.Count(static pod => !pod.HasSucceeded);
        if (fresh.Any(static pod => pod.HasSucceeded)) _failures.Remove(uid);
        else if (!_failures.ContainsKey(uid) && job.Status?.Failed is > 0 and var earlier) _failures[uid] = (earlier, now);
        if (failed > 0) _failures[uid] = (_failures.GetValueOrDefault(uid).Failures + failed, now);
        if (!_failures.TryGetValue(uid, out (int Failures, TimeSpan At) known)) return TimeSpan.Zero;
        TimeSpan left = known.At + JobProgress.PauseAfter(known.Failures) - now;
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private void Note(IReadOnlyList<Change> changes)
    {
        foreach (Change change in changes)
        {
            if (change.Object.Key.Resource == _jobs) Due.Add(change.Object.Key);
            else if (change.Object.Key.Resource == _pods.Resource) NotePod(change.Object);
        }
    }

    private void NotePod(StoredObject pod)
    {
        foreach (JsonObject owner in pod.Document.OwnerReferences())
        {
            bool isJob = owner.Text("kind") == Job.TypeKind && owner.Text("apiVersion") == Job.TypeApiVersion;
            if (isJob && owner.Text("name") is { } name) Due.Add(new ObjectKey(_jobs!, pod.Key.Namespace, name));
        }

        // One that its Job has left is still held by it.
        bool isOrphan = pod.Document.Metadata().TextList("finalizers").Contains(JobRules.Finalizer);
        if (isOrphan && pod.Document.Labels()?.Text(JobRules.NameLabel) is { } of) Due.Add(new ObjectKey(_jobs!, pod.Key.Namespace, of));
    }
}
