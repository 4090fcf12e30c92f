using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Trireme.Contracts.Resources;
using Trireme.Dashboard.Tests;

namespace Trireme.EndToEnd.Tests.Dashboards;

/// <summary>Fleets as a person may find them.</summary>
internal static class DashboardState
{
    public const string Replica = "tiny-366f3c21-r94d9";

    private const string LongReason =
        "The engine ended with exit code 3 after 0.4 s: /models/tiny/model.safetensors: the tensor \"layers.0.attention.wq.weight\" has "
        + "shape [512, 511], but config.json says [512, 512]. It is not started again until the release changes.";

    public static readonly string[] Names = ["empty", "healthy", "rolling-out", "held", "failing"];

    /// <summary>Makes a server answer as in a state; all but the empty one have a hundred services.</summary>
    public static void Set(FleetServer server, string state)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        server.Answer = query => Results(query, state);
        server.Chat = AnswerAsync;
        if (state == "empty") return;
        ModelService tiny = Tiny(state, now);
        server.Services = [tiny, .. Enumerable.Range(1, 99).Select(i => Other(i, state))];
        server.Replicas = [.. Replicas(state, now)];
        server.Events = [.. Events(state, now)];
    }

    private static ModelService Tiny(string state, DateTimeOffset now)
    {
        RolloutStatus? rollout = state switch
        {
            "rolling-out" =>
                Samples.Rollout(RolloutPhase.Progressing, 0, Verdict(Judgement.Inconclusive, "12 of 20 requests were compared.")),
            "held" => Samples.Rollout(RolloutPhase.Held, 1, Verdict(Judgement.Inconclusive, "7 of 20 requests were compared.")),
            "failing" => Samples.Rollout(RolloutPhase.RolledBack, 1, Verdict(Judgement.Fail, "ttft: 412 ms instead of 98 ms, 4.2 times.")),
            _ => null,
        };
        rollout = rollout is null ? null : rollout with
        {
            Id = "m1",
            Revision = 2,
            StartedAt = now.AddMinutes(-6),
            StepStartedAt = now.AddMinutes(-3),
        };
        bool isMoving = state is "rolling-out" or "held";
        var stable = new ReleaseRef { Name = "tiny-v1", ContentHash = "sha256:aaaaaaaaaaaaaaaa" };
        ModelService service = Samples.Service(replicas: 2);
        return service with
        {
            Metadata = service.Metadata with { Uid = "u", ResourceVersion = "7" },
            Spec = service.Spec with { Release = rollout?.To.Name ?? stable.Name },
            Status = new ModelServiceStatus
            {
                Conditions = Conditions(state, now),
                ReadyReplicas = state switch { "failing" => 0, "rolling-out" or "held" => 3, _ => 2 },
                StableRelease = stable,
                PreviousRelease = new ReleaseRef { Name = "tiny-v0", ContentHash = "sha256:00" },
                Rollout = rollout,
                Traffic = isMoving
                    ? [Traffic(stable, state == "held" ? 50 : 90), Traffic(rollout!.To, state == "held" ? 50 : 10)]
                    : [Traffic(stable, 100)],
                History = [Ended(1, RolloutPhase.Promoted, now, -13), .. Ends(state, now)],
            },
        };
    }

    private static IEnumerable<RolloutRecord> Ends(string state, DateTimeOffset now) =>
        state == "failing" ? [Ended(2, RolloutPhase.RolledBack, now, -6)] : [];

    private static RolloutRecord Ended(long revision, RolloutPhase outcome, DateTimeOffset now, int minutes) => new()
    {
        Revision = revision,
        From = new ReleaseRef { Name = "tiny-v0", ContentHash = "sha256:00" },
        To = outcome == RolloutPhase.Promoted
            ? new ReleaseRef { Name = "tiny-v1", ContentHash = "sha256:aaaaaaaaaaaaaaaa" }
            : new ReleaseRef { Name = "tiny-v2", ContentHash = "sha256:0123456789abcdef" },
        Outcome = outcome,
        StartedAt = now.AddMinutes(minutes),
        EndedAt = now.AddMinutes(minutes + 2),
        Evidence = "Every step of the plan is done.",
    };

    private static ReleaseTraffic Traffic(ReleaseRef release, int weight) =>
        new() { Name = release.Name, ContentHash = release.ContentHash, Weight = weight, Replicas = 1, ReadyReplicas = 1 };

    private static RolloutVerdict Verdict(Judgement judgement, string reason) => new()
    {
        Judgement = judgement,
        Reason = reason,
        Signals =
        [
            Signal("errorRate", Judgement.Pass, 0.0, 0.004, 0.41, "0.4 % of 242 requests failed instead of 0 % of 2001."),
            Signal("ttft", judgement, 0.098, judgement == Judgement.Fail ? 0.412 : 0.104, judgement == Judgement.Fail ? 0.0000004 : 0.2,
                judgement == Judgement.Fail ? "412 ms instead of 98 ms, 4.2 times." : "104 ms instead of 98 ms."),
            Signal("itl", Judgement.Pass, 0.012, 0.013, 0.3, "13 ms instead of 12 ms."),
            Signal("quality", Judgement.Pass, 1.913, 1.921, 0.5, "1.921 bit/B instead of 1.913."),
        ],
    };

    private static SignalVerdict Signal(string name, Judgement judgement, double before, double after, double p, string reason) => new()
    {
        Signal = name, Judgement = judgement, Baseline = before, Candidate = after, Samples = 12, PValue = p, Reason = reason,
    };

    private static Condition[] Conditions(string state, DateTimeOffset now)
    {
        bool isDown = state == "failing";
        bool isMoving = state is "rolling-out" or "held";
        (string Reason, string Message) rolledOut = state switch
        {
            "rolling-out" => ("Progressing", "tiny-v2 gets 10% of traffic since 3m. 12 of 20 requests were compared."),
            "held" => ("Held", "tiny-v2 keeps 50% of traffic because the step ended inconclusive. 7 of 20 requests were compared. "
                + "Promote it, or undo to go back to tiny-v1."),
            "failing" => ("RolledBack", "tiny-v1 serves alone. tiny-v2 was rolled back: ttft: 412 ms instead of 98 ms, 4.2 times."),
            _ => ("RolledOut", "tiny-v1 serves alone."),
        };
        return
        [
            isDown
                ? Of(ModelServiceConditions.Available, false, "NoReadyReplica", LongReason)
                : Of(ModelServiceConditions.Available, true, "ReplicasReady", "2 of 2 answer."),
            Of(ModelServiceConditions.RolledOut, state == "healthy", rolledOut.Reason, rolledOut.Message),
            isMoving
                ? Of(ModelServiceConditions.Scaled, false, "Replacing", "1 replicas more than wanted drain and end.")
                : Of(ModelServiceConditions.Scaled, !isDown, "ReplicasStarting", isDown ? LongReason : "2 of 2 replicas are ready."),
            Of(ModelServiceConditions.ReleaseReady, true, "Verified", "tiny-v1 is verified as aaaaaaaaaaaa."),
        ];

        Condition Of(string type, bool holds, string reason, string message) => new()
        {
            Type = type,
            Status = holds ? ConditionStatus.True : ConditionStatus.False,
            Reason = reason,
            Message = message,
            LastTransitionTime = now.AddMinutes(-7),
        };
    }

    private static ModelService Other(int number, string state)
    {
        bool isDown = state == "failing" && number % 40 == 7;
        ModelServiceStatus status = isDown ? Samples.Status(ready: 0, failing: ModelServiceConditions.Available) : Samples.Status();
        return Samples.Service($"a-model-with-a-rather-long-name-{number:00}", replicas: number % 17 == 3 ? 0 : 2, status);
    }

    private static IEnumerable<ModelReplica> Replicas(string state, DateTimeOffset now)
    {
        bool isDown = state == "failing";
        yield return Of(Replica, "tiny-v1", "sha256:aaaaaaaaaaaaaaaa", isDown ? ReplicaPhase.Failed : ReplicaPhase.Ready);
        yield return Of("tiny-366f3c21-x2k8f", "tiny-v1", "sha256:aaaaaaaaaaaaaaaa", isDown ? ReplicaPhase.BackingOff : ReplicaPhase.Ready);
        if (state is not ("rolling-out" or "held")) yield break;
        yield return Of("tiny-91b20ac4-p7m2c", "tiny-v2", "sha256:0123456789abcdef", ReplicaPhase.Ready);

        ModelReplica Of(string name, string release, string hash, ReplicaPhase phase)
        {
            ModelReplica replica = Samples.Replica(
                phase,
                startup:
                [
                    new StartupStage { Stage = "weights", Seconds = 0.31 }, new StartupStage { Stage = "warm-up", Seconds = 0.2 },
                ]);
            var ready = new Condition
            {
                Type = ModelReplicaConditions.Ready,
                Status = phase == ReplicaPhase.Ready ? ConditionStatus.True : ConditionStatus.False,
                Reason = "Because",
                Message = phase == ReplicaPhase.Ready ? "It answers." : LongReason,
            };
            return replica with
            {
                Metadata = replica.Metadata with { Name = name, Uid = "uid-" + name, CreationTimestamp = now.AddMinutes(-20) },
                Spec = replica.Spec with { Release = release, ContentHash = hash },
                Status = replica.Status! with { Conditions = [ready] },
            };
        }
    }

    private static IEnumerable<Event> Events(string state, DateTimeOffset now) =>
        Enumerable.Range(0, 12).Select(i => Samples.Event("ModelReplica", Replica, i) with
        {
            Reason = state == "failing" ? "StartFailed" : "Ready",
            Type = state == "failing" ? "Warning" : "Normal",
            Message = state == "failing" ? LongReason : $"It answers after {i} s.",
            LastTimestamp = now.AddMinutes(-i),
        });

    /// <summary>Values that go up and down, so that lines are told apart.</summary>
    private static string Results(IQueryCollection query, string state)
    {
        string expression = query["query"]!;
        long now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        bool isRange = query.ContainsKey("start");
        string[] releases = state is "rolling-out" or "held" or "failing" ? ["tiny-v1", "tiny-v2"] : ["tiny-v1"];
        double scale = expression.Contains("seconds", StringComparison.Ordinal) ? 0.1
            : expression.Contains("5..", StringComparison.Ordinal) || expression.Contains("perc", StringComparison.Ordinal) ? 0.005 : 12;
        if (!isRange)
        {
            string labels = $$"""{"namespace":"default","service":"tiny","replica":"{{Replica}}"}""";
            return $$"""[{"metric":{{labels}},"value":[{{now}},"{{scale}}"]}]""";
        }

        bool byRelease = expression.Contains("release", StringComparison.Ordinal);
        IEnumerable<string> lines = byRelease
            ? releases.Select((release, i) => Line($"\"release\":\"{release}\"", i, i == 0 ? 0 : 0.6))
            : [Line("", expression.Contains("0.95", StringComparison.Ordinal) ? 1 : 0, 0)];
        return $"[{string.Join(',', lines)}]";

        string Line(string labels, int number, double from)
        {
            long start = long.Parse(query["start"]!, CultureInfo.InvariantCulture);
            long end = long.Parse(query["end"]!, CultureInfo.InvariantCulture);
            long step = long.Parse(query["step"]!, CultureInfo.InvariantCulture);
            var points = new StringBuilder();
            for (long time = start + (long)((end - start) * from); time <= end; time += step)
            {
                double value = scale * (1 + (0.4 * number) + (0.2 * Math.Sin(time / 60.0)));
                points.Append(CultureInfo.InvariantCulture, $"{(points.Length > 0 ? "," : "")}[{time},\"{value:0.####}\"]");
            }

            return $"{{\"metric\":{{{labels}}},\"values\":[{points}]}}";
        }
    }

    private static async Task AnswerAsync(HttpContext context)
    {
        const string Text = "## A plan\\n\\nHere is **what** to do:\\n\\n1. Read `config.json`\\n2. Run it\\n\\n"
            + "```sh\\n./trireme up\\n```\\n\\n"
            + "| step | takes |\\n|---|---:|\\n| one | 3 s |\\n\\n"
            + "<script>alert(1)</script> [no](javascript:alert(1)) [docs](https://example.org/)";
        context.Response.Headers["x-trireme-release"] = "tiny-v1@aaaaaaaaaaaa";
        context.Response.ContentType = "text/event-stream";
        await context.Response.WriteAsync(
            "data: {\"id\":\"1\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"" + Text + "\"}}]}\n\n");
        await context.Response.Body.FlushAsync();
        bool isEndless = context.Request.ContentLength is > 0 && await AsksForEndlessAsync(context);
        if (isEndless) await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        await context.Response.WriteAsync("data: {\"id\":\"1\",\"choices\":[],\"usage\":{\"completion_tokens\":40}}\n\ndata: [DONE]\n\n");
    }

    private static async Task<bool> AsksForEndlessAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        return (await reader.ReadToEndAsync()).Contains("without end", StringComparison.Ordinal);
    }
}
