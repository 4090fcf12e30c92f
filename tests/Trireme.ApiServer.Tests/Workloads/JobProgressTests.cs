using Trireme.ApiServer.Jobs;
using Trireme.Contracts.Resources;

namespace Trireme.ApiServer.Tests.Workloads;

/// <summary>What a Job does next: counted once whatever dies when, and by Kubernetes' rules.</summary>
public sealed class JobProgressTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 10)]
    [InlineData(2, 20)]
    [InlineData(3, 40)]
    [InlineData(7, 600)]
    [InlineData(1000, 600)]
    public void A_pause_doubles_with_each_failure(int failures, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), JobProgress.PauseAfter(failures));

    /// <summary>
    /// A cluster in which Pods end at random and are deleted by anyone, and in which after any step the controller may die before the rest
    /// of it is done.
    /// </summary>
    [Fact]
    public void Each_end_is_counted_once_however_often_the_controller_dies()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            int completions = random.Next(1, 6);
            var cluster = new Cluster(Job(random.Next(1, 4), completions, backoffLimit: 3), random);
            for (int i = 0; i < 400 && !JobProgress.HasFinished(cluster.Job.Status); i++)
            {
                cluster.Happen();
                cluster.Step();
            }

            JobStatus status = cluster.Job.Status!;
            Assert.True(JobProgress.HasFinished(status), $"seed {seed} does not end");
            bool complete = JobProgress.Holds(status, JobProgress.Complete);
            Assert.True(complete != JobProgress.Holds(status, JobProgress.Failed), $"seed {seed} ends both ways");
            Assert.True((status.Succeeded ?? 0) == cluster.Succeeded, $"seed {seed}: {status.Succeeded} of {cluster.Succeeded} successes");
            Assert.True((status.Failed ?? 0) <= cluster.Failed, $"seed {seed}: {status.Failed} of {cluster.Failed} failures");
            Assert.True(complete ? status.Succeeded >= completions : status.Failed > 3, $"seed {seed} ends too early");
            Assert.True(cluster.MostActive <= cluster.Job.Spec!.Parallelism, $"seed {seed}: {cluster.MostActive} at a time");
            Assert.Equal(complete, status.CompletionTime is not null);
            Assert.Null(status.Active);
        }
    }

    [Fact]
    public void A_job_that_rests_makes_none_and_counts_nothing_that_it_deleted()
    {
        Job job = Job(2, 2) with { Spec = Job(2, 2).Spec! with { Suspend = true } };
        JobStep step = JobProgress.Next(job, [Pod("a"), Pod("b") with { IsDeleting = true }], TimeSpan.Zero, Start);
        Assert.Equal((0, "a", "b"), (step.Create, string.Join(' ', step.Delete), string.Join(' ', step.Release)));
        Assert.True(JobProgress.Holds(step.Status, JobProgress.Suspended));
        Assert.Null(step.Status.StartTime);
        Job awake = job with { Status = step.Status, Spec = job.Spec! with { Suspend = false } };
        JobStep next = JobProgress.Next(awake, [], TimeSpan.Zero, Start);
        Assert.Equal((2, false), (next.Create, JobProgress.Holds(next.Status, JobProgress.Suspended)));
        Assert.Null(next.Status.Failed);
    }

    [Fact]
    public void A_job_over_its_deadline_fails_and_says_when_to_look()
    {
        Job job = Job(1, 1);
        job = job with { Spec = job.Spec! with { ActiveDeadlineSeconds = 60 } };
        JobStep step = JobProgress.Next(job, [], TimeSpan.Zero, Start);
        Assert.Equal(TimeSpan.FromSeconds(60), step.Again);
        job = job with { Status = step.Status };
        step = JobProgress.Next(job, [Pod("a")], TimeSpan.Zero, Start.AddSeconds(60));
        Assert.Equal(["a"], step.Delete);
        step = JobProgress.Next(job with { Status = step.Status }, [], TimeSpan.Zero, Start.AddSeconds(61));
        JobCondition failed = Assert.Single(step.Status.Conditions!, static condition => condition.Type == JobProgress.Failed);
        Assert.Equal(("DeadlineExceeded", "Job was active longer than specified deadline"), (failed.Reason, failed.Message));
    }

    [Fact]
    public void Without_a_number_the_first_success_ends_what_is_begun()
    {
        Job job = Job(3, completions: null);
        JobStep step = JobProgress.Next(job, [], TimeSpan.Zero, Start);
        Assert.Equal(3, step.Create);
        JobPod[] pods = [Pod("a") with { HasSucceeded = true }, Pod("b"), Pod("c")];
        step = JobProgress.Next(job with { Status = step.Status }, pods, TimeSpan.Zero, Start);
        Assert.Equal((0, 0, 2), (step.Create, step.Delete.Count, step.Status.Active));
    }

    private static JobPod Pod(string uid) => new(uid, false, false, false, false, IsTracked: true);

    private static Job Job(int parallelism, int? completions, int backoffLimit = 6) => new()
    {
        Metadata = new ObjectMeta { Name = "j", Uid = "job" },
        Spec = new JobSpec
        {
            Parallelism = parallelism, Completions = completions, BackoffLimit = backoffLimit, Template = new PodTemplate(),
        },
    };

    private sealed class Cluster(Job job, Random random)
    {
        private readonly Dictionary<string, JobPod> _pods = [];
        private int _made;

        public Job Job { get; private set; } = job;

        public int Succeeded { get; private set; }

        public int Failed { get; private set; }

        public int MostActive { get; private set; }

        public void Happen()
        {
            foreach (JobPod pod in _pods.Values.Where(static pod => !pod.HasEnded && !pod.IsDeleting).ToArray())
            {
                int what = random.Next(8);
                if (what == 0) _pods[pod.Uid] = pod with { HasSucceeded = true };
                if (what == 1) _pods[pod.Uid] = pod with { HasFailed = true };
                if (what == 2) Delete(pod);
                if (what is 1 or 2) Failed++;
                if (what == 0) Succeeded++;
            }
        }

        public void Step()
        {
            JobStep step = JobProgress.Next(Job, [.. _pods.Values], TimeSpan.Zero, Start);
            if (random.Next(4) == 0) return;
            Job = Job with { Status = step.Status };
            foreach (string uid in step.Release.Where(_ => random.Next(4) > 0)) Release(_pods[uid]);
            foreach (string uid in step.Delete.Where(_ => random.Next(4) > 0)) Delete(_pods[uid]);
            for (int i = 0; i < step.Create && random.Next(4) > 0; i++) _pods[$"p{_made}"] = Pod($"p{_made++}");
            MostActive = Math.Max(MostActive, _pods.Values.Count(static pod => !pod.HasEnded && !pod.IsDeleting));
        }

        /// <summary>What is held stays until it is let go.</summary>
        private void Delete(JobPod pod)
        {
            if (pod.IsTracked) _pods[pod.Uid] = pod with { IsDeleting = true, IsGone = true };
            else _pods.Remove(pod.Uid);
        }

        private void Release(JobPod pod)
        {
            if (pod.IsDeleting) _pods.Remove(pod.Uid);
            else _pods[pod.Uid] = pod with { IsTracked = false };
        }
    }
}
