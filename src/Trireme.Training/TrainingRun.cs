using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Trireme.Contracts.Resources;
using Trireme.Training.Corpus;
using Trireme.Training.Generation;
using Trireme.Training.Model;
using Trireme.Training.Optimization;
using Trireme.Training.Output;
using Trireme.Training.Progress;
using Trireme.Training.Tokenization;
using static TorchSharp.torch;

namespace Trireme.Training;

/// <summary>One training run from the corpus to a model in memory.</summary>
internal sealed class TrainingRun(TrainingJob job, ITrainingProgress progress, TimeProvider time)
{
    private const int CurvePoints = 100;

    private readonly TrainingJobSpec _spec = job.Spec;

    /// <exception cref="OperationCanceledException">The token was cancelled; at most one step was finished first.</exception>
    /// <exception cref="InvalidDataException">The corpus is too small to hold anything out.</exception>
    public TrainedModel Execute(CancellationToken cancellationToken)
    {
        DateTimeOffset startedAt = time.GetUtcNow();
        long start = time.GetTimestamp();
        set_num_threads(_spec.Threads);

        TrainingCorpus corpus = TrainingCorpus.Generate(_spec.Corpus, _spec.Seed);
        if (corpus.HeldOut.Count == 0)
        {
            throw new InvalidDataException(
                "spec.corpus.heldOut: every held-out document also occurs in training, which leaves nothing to judge by; "
                + "raise it or documents");
        }

        cancellationToken.ThrowIfCancellationRequested();
        BpeCodec tokenizer = BpeTrainer.Train(corpus.Training, _spec.Tokenizer.VocabularySize);
        int[][] training = [.. corpus.Training.Select(tokenizer.Encode)];
        int[][] heldOut = [.. corpus.HeldOut.Select(tokenizer.Encode)];
        cancellationToken.ThrowIfCancellationRequested();

        using LlamaDecoder decoder = LlamaDecoder.Create(DecoderShape.From(_spec.Model, tokenizer.Vocabulary.Count), _spec.Seed);
        progress.Note(string.Create(
            CultureInfo.InvariantCulture,
            $"{training.Length:#,0} documents of {training.Sum(document => (long)document.Length):#,0} tokens; "
            + $"{tokenizer.Vocabulary.Count} tokens in the vocabulary; {decoder.Shape.ParameterCount:#,0} parameters"));
        using var trainer = new DecoderTrainer(decoder, training, _spec.Training, _spec.Seed);
        IReadOnlyList<LossPoint> curve = RunSteps(trainer, cancellationToken);

        decoder.RoundWeights(Bfloat16.Round);
        HeldOutEvaluation evaluation = HeldOutEvaluation.Of(decoder, tokenizer, heldOut, cancellationToken);
        ShowSamples(decoder, tokenizer, cancellationToken);
        var manifest = new TrainingManifest
        {
            Job = job.Metadata.Name,
            Spec = _spec,
            CodeVersion = CodeVersion,
            Corpus = new CorpusFacts(_spec.Corpus.Generator, _spec.Corpus.Documents, training.Length, heldOut.Length, corpus.Digest),
            Model = new ModelFacts("LlamaForCausalLM", decoder.Shape.ParameterCount, tokenizer.Vocabulary.Count, tokenizer.Merges.Count),
            Optimizer = DecoderTrainer.Facts,
            Result = new TrainingResult(
                evaluation.Perplexity, evaluation.BitsPerByte, evaluation.Tokens, trainer.TokensSeen, trainer.PassesOverData),
            Run = new RunFacts(
                startedAt,
                time.GetElapsedTime(start).TotalSeconds,
                _spec.Threads,
                Environment.ProcessorCount,
                RuntimeInformation.OSDescription),
            LossCurve = curve,
        };
        return new TrainedModel(decoder.Shape, tokenizer, SafetensorsFile.Write(decoder.WeightValues()), manifest);
    }

    private static string CodeVersion =>
        typeof(TrainingRun).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    private List<LossPoint> RunSteps(DecoderTrainer trainer, CancellationToken cancellationToken)
    {
        int steps = _spec.Training.Steps;
        int pointEvery = (steps + CurvePoints - 1) / CurvePoints;
        var curve = new List<LossPoint>();
        var speed = new StepClock(time, _spec.Training.BatchSize * _spec.Training.SequenceLength);
        double sum = 0;
        int summed = 0;
        for (int step = 1; step <= steps; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            double loss = trainer.Step();
            sum += loss;
            summed++;
            progress.Step(speed.After(step, steps, loss));
            if (step % pointEvery != 0 && step != steps) continue;
            curve.Add(new LossPoint(step, sum / summed));
            sum = summed = 0;
        }

        return curve;
    }

    private void ShowSamples(LlamaDecoder decoder, BpeCodec tokenizer, CancellationToken cancellationToken)
    {
        var generator = new TextGenerator(decoder, tokenizer);
        progress.Note("The model answers:");
        foreach (string question in TextGenerator.SampleQuestions)
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress.Sample(question, generator.Answer(question, 0, SeededRandom.Stream(_spec.Seed, question)));
        }
    }
}
