using Trireme.Commands;
using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts;
using Trireme.Output;

namespace Trireme.Tests.Output;

public sealed class RolloutPrinterTests
{
    private const string Message = "tiny-v2 gets 10% of traffic since 35s. Inconclusive: ttft has 3 of the 6 windows it needs in which "
        + "both releases answered.";

    [Fact]
    public void The_view_fits_eighty_columns_and_says_each_reason_once()
    {
        ModelService service = Moving(RolloutPhase.Progressing, RolloutReasons.Progressing);
        IReadOnlyList<string> view = RolloutPrinter.View(service, 80);
        Assert.All(view, line => Assert.True(line.Length <= 80, $"{line.Length}: {line}"));
        string text = string.Join('\n', view);
        Assert.Equal(1, Count(text, "3 of the 6 windows"));
        Assert.Contains("[10%] > 50% > 100%", text, StringComparison.Ordinal);
        Assert.Contains("tiny-v1 90% (2 of 2 ready), tiny-v2 10% (1 of 1 ready)", text, StringComparison.Ordinal);
        Assert.Contains("errors      0.31 %    12.5 %    +12.19 pp   p < 0.001 640 + 80  Fail", text, StringComparison.Ordinal);
        Assert.Contains("first token 12.1 ms   24.2 ms   2x +12.1 ms p = 0.031 3 windows Inconclusive", text);
        Assert.Contains("quality     2.1 bit/B 2.1 bit/B 1x          -         12 texts  Pass", text, StringComparison.Ordinal);
    }

    /// <summary>The judge has spoken, or a person has: an open signal would read like the outcome.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData(RolloutOrder.Promote)]
    public void While_the_last_replicas_start_no_signal_is_shown(RolloutOrder? order)
    {
        ModelService service = Moving(order is null ? RolloutPhase.Preparing : RolloutPhase.Held, RolloutReasons.Finishing);
        service = service with { Status = service.Status! with { Rollout = service.Status.Rollout! with { Order = order } } };
        Assert.DoesNotContain(RolloutPrinter.View(service, 80), line => line.StartsWith("SIGNAL", StringComparison.Ordinal));
        Assert.DoesNotContain("Inconclusive", RolloutPrinter.Line(service), StringComparison.Ordinal);
        Assert.Equal(RolloutState.UnderWay, RolloutStates.Of(service));
    }

    [Fact]
    public void Long_names_are_wrapped_on_a_narrow_terminal()
    {
        ModelService service = Moving(RolloutPhase.Progressing, RolloutReasons.Progressing, new string('x', 70));
        Assert.All(
            RolloutPrinter.View(service, 60).Where(line => !line.StartsWith("SIGNAL", StringComparison.Ordinal) && !line.Contains("  p ")),
            line => Assert.True(line.Length <= 80, line));
    }

    [Fact]
    public void On_a_terminal_the_view_is_drawn_over_itself_and_elsewhere_each_change_is_one_line()
    {
        ModelService service = Moving(RolloutPhase.Progressing, RolloutReasons.Progressing);
        using var terminal = new StringWriter();
        var drawn = new RolloutDisplay(terminal, static () => 80);
        drawn.Show(service);
        drawn.Show(Moving(RolloutPhase.Held, RolloutReasons.Held));
        int lines = RolloutPrinter.View(service, 80).Count;
        Assert.Contains($"\e[{lines}A\r\e[J", terminal.ToString(), StringComparison.Ordinal);

        using var pipe = new StringWriter();
        var told = new RolloutDisplay(pipe, null);
        told.Show(service);
        told.Show(service with { Metadata = service.Metadata with { ResourceVersion = "2" } });
        told.Show(Moving(RolloutPhase.Held, RolloutReasons.Held));
        string[] told2 = pipe.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, told2.Length);
        Assert.DoesNotContain('\e', pipe.ToString());
        Assert.StartsWith("tiny: Held, step 1 of 2: tiny-v1 90%", told2[1], StringComparison.Ordinal);
        Assert.EndsWith("; not decided yet: first token; within limits: quality; worse: errors", told2[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(RolloutReasons.Progressing, RolloutPhase.Progressing, 0, nameof(RolloutState.UnderWay))]
    [InlineData(RolloutReasons.GoingBack, RolloutPhase.Preparing, 0, nameof(RolloutState.UnderWay))]
    [InlineData(RolloutReasons.Finishing, RolloutPhase.Held, 0, nameof(RolloutState.UnderWay))]
    [InlineData(RolloutReasons.Held, RolloutPhase.Held, 7, nameof(RolloutState.Held))]
    [InlineData(RolloutReasons.ScaledToZero, RolloutPhase.Preparing, 7, nameof(RolloutState.Held))]
    [InlineData(RolloutReasons.RolledBack, RolloutPhase.RolledBack, 1, nameof(RolloutState.Failed))]
    [InlineData(RolloutReasons.Promoted, RolloutPhase.Promoted, 0, nameof(RolloutState.Done))]
    [InlineData(RolloutReasons.Undone, RolloutPhase.Promoted, 0, nameof(RolloutState.Done))]
    public void A_script_knows_by_the_exit_code_what_became_of_it(string reason, RolloutPhase phase, int code, string state)
    {
        RolloutState found = RolloutStates.Of(Moving(phase, reason));
        Assert.Equal((state, code), (found.ToString(), RolloutStates.ExitCodeOf(found)));
    }

    [Theory]
    [InlineData(1, "undo by a person, serves")]
    [InlineData(0, "undo by a person, no replica is ready")]
    public void The_history_says_that_a_release_serves_only_while_it_does(int ready, string expected)
    {
        ModelService service = Moving(RolloutPhase.Promoted, RolloutReasons.Undone);
        service = service with
        {
            Status = service.Status! with
            {
                History = [Record(2, "tiny-v1", RolloutOrder.Undo)],
                Traffic = [new ReleaseTraffic { Name = "tiny-v1", ContentHash = "h1", Weight = 100, ReadyReplicas = ready }],
            },
        };
        using var output = new StringWriter();
        RolloutHistoryPrinter.Print(service, output);
        Assert.Contains(expected, output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_word_that_was_just_said_is_waited_for()
    {
        ModelService held = Moving(RolloutPhase.Held, RolloutReasons.Held);
        string word = TriremeApi.OrderText("id", "h2", "nonce");
        ModelService said = held with
        {
            Metadata = held.Metadata with { Annotations = new Dictionary<string, string> { [TriremeApi.PromoteAnnotation] = word } },
        };
        Assert.Equal(RolloutState.UnderWay, RolloutStates.Of(said));
        RolloutStatus taken = said.Status!.Rollout! with { OrderedBy = word, Order = RolloutOrder.Promote };
        Assert.Equal(RolloutState.Held, RolloutStates.Of(said with { Status = said.Status with { Rollout = taken } }));
    }

    [Fact]
    public void The_history_lists_moves_with_outcome_and_evidence()
    {
        ModelService service = Moving(RolloutPhase.Promoted, RolloutReasons.Undone);
        IReadOnlyList<RolloutRecord> history = [Record(1, "tiny-v2", null), Record(2, "tiny-v1", RolloutOrder.Undo)];
        service = service with { Status = service.Status! with { History = history } };
        using var output = new StringWriter();
        RolloutHistoryPrinter.Print(service, output);
        string text = output.ToString();
        Assert.Contains("1         tiny-v2  promoted                  2026-05-01 12:00:01Z", text, StringComparison.Ordinal);
        Assert.Contains("2         tiny-v1  undo by a person, serves  2026-05-01 12:00:02Z", text, StringComparison.Ordinal);
        Assert.Contains("    ttft 1x the serving release's (limit 1.5x", text, StringComparison.Ordinal);
        Assert.All(text.Split('\n'), line => Assert.True(line.Length <= 80, line));
    }

    private static RolloutRecord Record(long revision, string release, RolloutOrder? order) => new()
    {
        Revision = revision,
        To = new ReleaseRef { Name = release, ContentHash = release == "tiny-v1" ? "h1" : "h2" },
        Outcome = RolloutPhase.Promoted,
        Order = order,
        EndedAt = new DateTimeOffset(2026, 5, 1, 12, 0, (int)revision, TimeSpan.Zero),
        Evidence = "ttft 1x the serving release's (limit 1.5x or +5 ms, p = 0.5, 12 windows); "
            + "quality 1x the serving release's (limit 1.05x)",
    };

    private static ModelService Moving(RolloutPhase phase, string reason, string next = "tiny-v2")
    {
        var from = new ReleaseRef { Name = "tiny-v1", ContentHash = "h1" };
        var to = new ReleaseRef { Name = next, ContentHash = "h2" };
        bool done = phase == RolloutPhase.Promoted;
        return new ModelService
        {
            Metadata = new ObjectMeta { Name = "tiny", Namespace = "default", Generation = 1 },
            Spec = new ModelServiceSpec { Release = next, Replicas = 2 },
            Status = new ModelServiceStatus
            {
                ObservedGeneration = 1,
                StableRelease = from,
                Conditions =
                [
                    new Condition
                    {
                        Type = ModelServiceConditions.RolledOut,
                        Status = done ? ConditionStatus.True : ConditionStatus.False,
                        Reason = reason,
                        Message = Message,
                    },
                ],
                Traffic =
                [
                    // A third one that is being tried, such as after an edit, makes no more of them wanted.
                    new ReleaseTraffic
                    {
                        Name = "tiny-v1", ContentHash = "h1", Weight = 90, WantedReplicas = 2, Replicas = 3, ReadyReplicas = 2,
                    },
                    new ReleaseTraffic
                    {
                        Name = next, ContentHash = "h2", Weight = 10, WantedReplicas = 1, Replicas = 1, ReadyReplicas = 1,
                    },
                ],
                Rollout = new RolloutStatus
                {
                    Phase = phase,
                    Id = "id",
                    From = from,
                    To = to,
                    Plan = new RolloutSpec(),
                    Verdict = new RolloutVerdict
                    {
                        Judgement = Judgement.Inconclusive,
                        Reason = "Inconclusive: ttft has 3 of the 6 windows it needs in which both releases answered.",
                        Signals =
                        [
                            Signal("errorRate", Judgement.Fail, 0.003125, 0.125, null, 0.0001, 720) with
                            {
                                BaselineSamples = 640, CandidateSamples = 80,
                            },
                            Signal("ttft", Judgement.Inconclusive, 0.0121, 0.0242, 2, 0.031, 3),
                            Signal("quality", Judgement.Pass, 2.1, 2.1, 1, null, 12),
                        ],
                    },
                },
            },
        };
    }

    private static SignalVerdict Signal(
        string name, Judgement judgement, double baseline, double candidate, double? ratio, double? chance, int samples) => new()
    {
        Signal = name,
        Judgement = judgement,
        Baseline = baseline,
        Candidate = candidate,
        Ratio = ratio,
        PValue = chance,
        Samples = samples,
        Reason = "",
    };

    private static int Count(string text, string part) => text.Split(part).Length - 1;
}
