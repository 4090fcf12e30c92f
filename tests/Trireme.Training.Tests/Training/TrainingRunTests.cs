using Microsoft.Extensions.Time.Testing;
using Trireme.Contracts.Resources;
using Trireme.Training.Corpus;
using Trireme.Training.Model;
using Trireme.Training.Optimization;
using Trireme.Training.Output;
using Trireme.Training.Progress;

namespace Trireme.Training.Tests;

public class TrainingRunTests
{
    private static readonly TrainingJob Toy = new()
    {
        Metadata = new ObjectMeta { Name = "toy" },
        Spec = new TrainingJobSpec
        {
            Corpus = new CorpusSpec { Generator = "plain-english", Documents = 300, HeldOut = 0.1 },
            Tokenizer = new TokenizerSpec { VocabularySize = 400 },
            Model = new DecoderSpec
            {
                Layers = 2,
                HiddenSize = 32,
                IntermediateSize = 64,
                AttentionHeads = 4,
                KeyValueHeads = 2,
                ContextLength = 64,
            },
            Training = new OptimizationSpec { Steps = 5, BatchSize = 4, SequenceLength = 64, WarmupSteps = 1, LearningRate = 0.01 },
            Threads = 1,
            Output = "toy",
        },
    };

    [Fact]
    public void Five_steps_lower_the_loss_and_can_be_repeated_bit_by_bit()
    {
        TrainedModel one = Run(Toy);
        TrainedModel two = Run(Toy);
        double[] losses = [.. one.Manifest.LossCurve.Select(point => point.Loss)];
        Assert.Equal(5, losses.Length);
        // Guessing among 400 tokens costs ln 400, which is 5.99; random weights guess a little worse.
        Assert.InRange(losses[0], 5.8, 7);
        Assert.True(losses[^1] < losses[0] - 0.1, string.Join(" ", losses));

        Assert.Equal(one.Weights, two.Weights);
        Assert.Equal(losses, two.Manifest.LossCurve.Select(point => point.Loss));
        Assert.Equal(one.Manifest.Result, two.Manifest.Result);
        Assert.Equal(one.Tokenizer.Merges, two.Tokenizer.Merges);
    }

    [Fact]
    public void Another_seed_gives_another_model()
    {
        TrainedModel other = Run(Toy with { Spec = Toy.Spec with { Seed = 2 } });
        Assert.NotEqual(Run(Toy).Manifest.Corpus.Digest, other.Manifest.Corpus.Digest);
    }

    [Fact]
    public void The_manifest_says_how_the_model_came_to_be()
    {
        TrainingManifest manifest = Run(Toy).Manifest;
        Assert.Equal("toy", manifest.Job);
        Assert.Equal(Toy.Spec, manifest.Spec);
        Assert.Equal(270, manifest.Corpus.TrainingDocuments);
        Assert.Equal(5 * 4 * 64, manifest.Result.TrainingTokens);
        Assert.InRange(manifest.Result.PassesOverData, 0.01, 0.5);
        Assert.InRange(manifest.Result.HeldOutPerplexity, 50, 400);
        Assert.Equal(400, manifest.Model.VocabularySize);
        Assert.Matches(@"^\d+\.\d+\.\d+", manifest.CodeVersion);
    }

    [Fact]
    public void A_cancelled_run_ends_within_a_step()
    {
        using var stop = new CancellationTokenSource();
        var progress = new RecordedProgress { OnStep = step => { if (step.Step == 2) stop.Cancel(); } };
        Assert.Throws<OperationCanceledException>(() => new TrainingRun(Toy, progress, TimeProvider.System).Execute(stop.Token));
        Assert.Equal([1, 2], progress.Steps.Select(step => step.Step));
    }

    [Fact]
    public void A_corpus_too_small_to_hold_anything_out_is_refused_by_its_field()
    {
        TrainingJob job = Toy with { Spec = Toy.Spec with { Corpus = Toy.Spec.Corpus with { Documents = 100, HeldOut = 0.001 } } };
        TrainingCorpus corpus = TrainingCorpus.Generate(job.Spec.Corpus, 1);
        if (corpus.HeldOut.Count > 0) job = job with { Spec = job.Spec with { Seed = SeedWithoutHeldOut(job.Spec.Corpus) } };
        InvalidDataException exception = Assert.Throws<InvalidDataException>(() => Run(job));
        Assert.StartsWith("spec.corpus.heldOut", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_learning_rate_warms_up_peaks_and_falls_to_a_tenth()
    {
        var spec = new OptimizationSpec { Steps = 1000, WarmupSteps = 100, LearningRate = 0.01 };
        Assert.Equal(0.0001, LearningRateSchedule.At(0, spec), 1e-9);
        Assert.Equal(0.01, LearningRateSchedule.At(99, spec), 1e-9);
        Assert.Equal(0.0055, LearningRateSchedule.At(550, spec), 1e-9);
        Assert.Equal(0.001, LearningRateSchedule.At(1000, spec), 1e-9);
        for (int step = 100; step < 999; step++) Assert.True(LearningRateSchedule.At(step + 1, spec) < LearningRateSchedule.At(step, spec));
    }

    [Fact]
    public void Every_row_starts_with_a_document_and_no_document_is_lost()
    {
        // Document i is its own number, repeated.
        int[][] documents = [.. Enumerable.Range(0, 40).Select(i => Enumerable.Repeat(i, 3 + (i % 7)).ToArray())];
        var sequences = new PackedSequences(documents, 16, new SeededRandom(5));
        var whole = new HashSet<long>();
        while (sequences.Passes < 1)
        {
            PackedBatch batch = sequences.NextBatch(1);
            Assert.True(batch.Inputs.Count(token => token == batch.Inputs[0]) >= 3);
            for (int i = 0; i < 15; i++)
            {
                bool same = batch.Documents[i] == batch.Documents[i + 1];
                Assert.Equal(same ? batch.Inputs[i + 1] : LlamaDecoder.NoTarget, batch.Targets[i]);
                Assert.Equal(same, batch.Inputs[i] == batch.Inputs[i + 1]);
            }

            long[] row = batch.Targets[^1] == LlamaDecoder.NoTarget ? batch.Inputs : [.. batch.Inputs, batch.Targets[^1]];
            whole.UnionWith(row.CountBy(token => token).Where(pair => pair.Value == documents[pair.Key].Length).Select(pair => pair.Key));
        }

        Assert.Equal(Enumerable.Range(0, 40).Select(i => (long)i), whole.Order());
    }

    [Fact]
    public void A_document_longer_than_a_row_does_not_stop_the_packing()
    {
        var sequences = new PackedSequences([[.. Enumerable.Range(0, 100)], [7, 7, 7]], 16, new SeededRandom(1));
        for (int i = 0; i < 10; i++) sequences.NextBatch(2);
        Assert.True(sequences.Passes > 1);
    }

    [Fact]
    public void Progress_counts_down_at_the_average_speed()
    {
        var time = new FakeTimeProvider();
        var clock = new StepClock(time, tokensPerStep: 1000);
        time.Advance(TimeSpan.FromSeconds(2));
        StepProgress first = clock.After(1, 10, 4);
        Assert.Equal((500, 18), (first.TokensPerSecond, first.Remaining.TotalSeconds));
        time.Advance(TimeSpan.FromSeconds(1));
        StepProgress second = clock.After(2, 10, 2);
        Assert.Equal(3, second.Loss, 1e-9);
        Assert.Equal(12, second.Remaining.TotalSeconds, 1e-9);
        Assert.Equal(1000 / 1.5, second.TokensPerSecond, 1e-6);
    }

    private static TrainedModel Run(TrainingJob job) =>
        new TrainingRun(job, new RecordedProgress(), TimeProvider.System).Execute(TestContext.Current.CancellationToken);

    private static int SeedWithoutHeldOut(CorpusSpec spec)
    {
        int seed = 2;
        while (TrainingCorpus.Generate(spec, seed).HeldOut.Count > 0) seed++;
        return seed;
    }
}
