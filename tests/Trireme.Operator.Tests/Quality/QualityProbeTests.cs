using System.Text;
using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts;
using Trireme.Kubernetes;
using Trireme.Operator.ModelReplicas;
using Trireme.Operator.Quality;
using Trireme.Operator.Runtimes;
using Trireme.Operator.Tests.Runtimes.Processes;

namespace Trireme.Operator.Tests.Quality;

public sealed class QualityProbeTests
{
    private static readonly ResourceKey Service = new("default", "tiny");

    [Fact]
    public void Bits_per_byte_is_the_negative_log2_likelihood_over_the_bytes()
    {
        byte[] answer = Encoding.UTF8.GetBytes(
            """{"choices":[{"logprobs":{"token_logprobs":[null,-0.6931471805599453,-1.3862943611198906]}}]}""");
        Assert.Equal(3.0 / 4, CompletionScorer.BitsPerByte(answer, "abcd"), 12);
        Assert.Equal(3.0 / 2, CompletionScorer.BitsPerByte(answer, "ä"), 12);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"choices":[]}""")]
    [InlineData("""{"choices":[{"logprobs":null}]}""")]
    [InlineData("""{"choices":[{"logprobs":{"token_logprobs":[null]}}]}""")]
    [InlineData("<html>")]
    public void An_answer_without_scores_is_refused(string answer) =>
        Assert.Throws<InvalidDataException>(() => CompletionScorer.BitsPerByte(Encoding.UTF8.GetBytes(answer), "text"));

    [Fact]
    public void Damaged_answers_are_refused_cleanly()
    {
        const string Answer = """{"choices":[{"logprobs":{"token_logprobs":[null,-1.5,-2]}}]}""";
        Gen.Select(Gen.Int[0, Answer.Length - 1], Gen.Byte, Gen.Int[1, Answer.Length]).Sample(
            (at, value, length) =>
            {
                byte[] damaged = Encoding.ASCII.GetBytes(Answer);
                damaged[at] = value;
                try
                {
                    Assert.True(double.IsFinite(CompletionScorer.BitsPerByte(damaged[..length], "text")));
                }
                catch (InvalidDataException)
                {
                    // Refused.
                }
            },
            iter: 10_000);
    }

    [Fact]
    public async Task Both_releases_are_scored_once_for_a_step_over_real_engines()
    {
        using var good = new RuntimeFixture();
        using var worse = new RuntimeFixture();
        worse.Behave("worse");
        ReplicaObservation baseline = await good.ReadyAsync(good.Replica());
        ReplicaObservation candidate = await worse.ReadyAsync(worse.Replica());
        await using var probe = new QualityProbe(NullLogger<QualityProbe>.Instance, TimeProvider.System);
        var finished = new TaskCompletionSource<ResourceKey>(TaskCreationOptions.RunContinuationsAsynchronously);
        probe.Finished += key => finished.TrySetResult(key);
        EngineAddress[] engines =
        [
            new(baseline.Endpoint!, good.Folder(good.Replica()).ReadKey()),
            new(candidate.Endpoint!, worse.Folder(worse.Replica()).ReadKey()),
        ];
        var comparison = new QualityComparison("tiny", "h1", engines[0], "h2", engines[1], HeldOutTexts.PlainEnglish)
        {
            Tasks = [new GateTask { Prompt = "Say Paris.", Contains = "Paris" }, new GateTask { Prompt = "Say it.", Contains = "know" }],
        };
        Assert.Empty(probe.Read(Service, 0, comparison).Pairs);
        Assert.Equal(
            Service, await finished.Task.WaitAsync(RuntimeFixture.Deadline, TimeProvider.System, TestContext.Current.CancellationToken));
        QualityResult result = probe.Read(Service, 0, comparison);
        Assert.Equal(HeldOutTexts.PlainEnglish.Count, result.Pairs.Count);
        Assert.All(result.Pairs, pair => Assert.Equal(2, pair.CandidateBitsPerByte / pair.BaselineBitsPerByte, 6));
        Assert.Equal([new TaskPair(0, true, false), new TaskPair(1, false, true)], result.Tasks);

        // The answer is kept for the step, wherever the engines listen by now, and asked for again in the next.
        Assert.Same(result, probe.Read(Service, 0, comparison with { Candidate = new EngineAddress("http://127.0.0.1:1") }));
        Assert.Empty(probe.Read(Service, 1, comparison).Pairs);
    }

    [Fact]
    public async Task An_engine_that_cannot_score_makes_the_probe_inconclusive_and_it_is_asked_again_later()
    {
        var time = new FakeTimeProvider();
        await using var probe = new QualityProbe(NullLogger<QualityProbe>.Instance, time);
        var finished = new SemaphoreSlim(0);
        probe.Finished += _ => finished.Release();
        var nobody = new EngineAddress("http://127.0.0.1:1");
        var comparison = new QualityComparison("tiny", "h1", nobody, "h2", nobody, ["a b"]);
        probe.Read(Service, 0, comparison);
        await finished.WaitAsync(TestContext.Current.CancellationToken);
        Assert.Contains("could not score the texts", probe.Read(Service, 0, comparison).Problem);
        Assert.Equal(0, finished.CurrentCount);
        time.Advance(TimeSpan.FromSeconds(16));
        probe.Read(Service, 0, comparison);
        await finished.WaitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public void The_built_in_texts_are_short_plain_and_different()
    {
        Assert.Equal(16, HeldOutTexts.PlainEnglish.Distinct().Count());
        Assert.All(HeldOutTexts.PlainEnglish, text => Assert.InRange(text.Length, 50, 150));
        Assert.All(HeldOutTexts.PlainEnglish, text => Assert.True(Ascii.IsValid(text)));
    }
}
