using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts;

namespace Trireme.Fleet.Tests.Rollouts;

/// <summary>Tasks with known answers: which answers are right, and what it takes to call a release worse.</summary>
public sealed class TaskSuiteTests
{
    [Theory]
    [InlineData("exact", "Paris", " Paris\n", true)]
    [InlineData("exact", "Paris", "Paris.", false)]
    [InlineData("contains", "fourteen", "There are fourteen days.", true)]
    [InlineData("contains", "fourteen", "There are Fourteen days.", false)]
    [InlineData("pattern", "^[0-9]+$", "42", true)]
    [InlineData("pattern", "^[0-9]+$", "about 42", false)]
    [InlineData("json", "city,country", """{"city":"Paris","country":"France"}""", true)]
    [InlineData("json", "city,country", """{"city":"Paris"}""", false)]
    [InlineData("json", "city", "Paris", false)]
    [InlineData("json", "city", """["city"]""", false)]
    public void An_answer_is_right_as_the_task_says(string kind, string wanted, string answer, bool isRight)
    {
        GateTask task = kind switch
        {
            "exact" => new GateTask { Prompt = "?", Exact = wanted },
            "contains" => new GateTask { Prompt = "?", Contains = wanted },
            "pattern" => new GateTask { Prompt = "?", Pattern = wanted },
            _ => new GateTask { Prompt = "?", JsonMembers = wanted.Split(',') },
        };
        Assert.Equal(isRight, TaskSuite.IsSolved(task, answer));
    }

    [Fact]
    public void All_that_is_asked_of_an_answer_must_hold()
    {
        var task = new GateTask { Prompt = "?", Contains = "a", Pattern = "^b" };
        Assert.Equal(
            (true, false, false), (TaskSuite.IsSolved(task, "ba"), TaskSuite.IsSolved(task, "ab"), TaskSuite.IsSolved(task, "b")));
    }

    /// <summary>Of so many tasks, which of the serving and of the new release fail how many, and what comes of it.</summary>
    [Theory]
    [InlineData(0, 0, 0, 0, Judgement.Inconclusive, "tasks: 0 of 10 have been asked")]
    [InlineData(10, 0, 0, 0, Judgement.Pass, "tasks: the new release fails 0 of 10, the serving one 0 (limit +0%, p = 1)")]
    [InlineData(10, 0, 8, 0, Judgement.Fail, "tasks: the new release fails 8 of 10, the serving one 0 (limit +0%, p = 0.004)")]
    [InlineData(10, 0, 3, 0, Judgement.Inconclusive, "above the limit but perhaps by chance (limit +0%, p = 0.125)")]
    [InlineData(10, 3, 0, 0, Judgement.Pass, "tasks: the new release fails 0 of 10, the serving one 3")]
    [InlineData(10, 2, 2, 0, Judgement.Pass, "tasks: the new release fails 2 of 10, the serving one 2")]
    [InlineData(10, 0, 1, 0.1, Judgement.Pass, "(limit +10%")]
    [InlineData(10, 0, 10, 0.5, Judgement.Fail, "(limit +50%, p < 0.001)")]
    public void A_release_that_solves_fewer_is_worse_once_chance_is_unlikely(
        int asked, int better, int worse, double margin, Judgement expected, string says)
    {
        SignalVerdict verdict = Look(asked, better, worse, margin).Verdict.Signals.Single(signal => signal.Signal == SignalWords.Tasks);
        Assert.Equal(expected, verdict.Judgement);
        Assert.Contains(says, verdict.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void What_they_came_to_is_kept_and_without_tasks_nothing_is_said()
    {
        RolloutLook look = Look(10, 0, 8, 0);
        Assert.Equal(Judgement.Fail, look.Evidence.Tasks!.Judgement);
        RolloutLook next = RolloutJudge.Look(look.Evidence, RolloutWorld.Good, Gates(0));
        Assert.Equal(Judgement.Fail, next.Verdict.Judgement);
        Assert.DoesNotContain(
            RolloutJudge.Look(null, RolloutWorld.Good, new RolloutGates()).Verdict.Signals, signal => signal.Signal == SignalWords.Tasks);
    }

    [Fact]
    public void The_tail_of_a_fair_coin_is_exact()
    {
        Assert.Equal(1.0 / 256, TaskSuite.UpperTail(8, 8), 12);
        Assert.Equal(1, TaskSuite.UpperTail(0, 0), 12);
        Assert.Equal(0.5, TaskSuite.UpperTail(1, 1), 12);
        Assert.Equal(7.0 / 64, TaskSuite.UpperTail(5, 6), 12);
    }

    private static RolloutGates Gates(double margin) => new()
    {
        Tasks = [.. Enumerable.Range(0, 10).Select(static i => new GateTask { Prompt = $"{i}", Contains = "x" })],
        MaxTaskFailureIncrease = margin,
    };

    private static RolloutLook Look(int asked, int better, int worse, double margin) => RolloutJudge.Look(
        null,
        RolloutWorld.Good with
        {
            Tasks = [.. Enumerable.Range(0, asked).Select(i => new TaskPair(i, i >= better, i < better || i >= better + worse))],
        },
        Gates(margin));
}
