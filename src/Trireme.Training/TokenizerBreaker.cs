using Trireme.Training.Corpus;
using Trireme.Training.Generation;
using Trireme.Training.Model;
using Trireme.Training.Optimization;
using Trireme.Training.Output;
using Trireme.Training.Progress;
using Trireme.Training.Tokenization;

namespace Trireme.Training;

/// <summary>
/// Copies a model with a tokenizer whose ordinary tokens have each other's ids: the classic mistake of shipping weights with
/// the tokenizer of another training run. Every file is well-formed and every check of form passes; only the answers are
/// nonsense. It exists to rehearse a release that must not be promoted.
/// </summary>
internal static class TokenizerBreaker
{
    private const string SampleQuestion = "Tell me a short story about a dog.";

    public static int Run(ModelFolder source, ModelFolder target, ITrainingProgress progress, CancellationToken cancellationToken)
    {
        if (source.ReadManifest() is not { } manifest)
        {
            progress.Failed($"{source.FullPath} holds no {ModelFolder.ManifestName}; name a folder that a training run wrote.");
            return ExitCodes.Failed;
        }

        if (target.FindOverwriteProblem() is { } obstacle)
        {
            progress.Failed(obstacle);
            return ExitCodes.Failed;
        }

        byte[] weights = source.ReadWeights();
        BpeCodec broken = Shuffle(source.ReadTokenizer(), manifest.Spec.Seed);
        using LlamaDecoder decoder = LlamaDecoder.Load(source.ReadShape(), SafetensorsFile.Read(weights));
        TrainingCorpus corpus = TrainingCorpus.Generate(manifest.Spec.Corpus, manifest.Spec.Seed);
        var evaluation = HeldOutEvaluation.Of(decoder, broken, [.. corpus.HeldOut.Select(broken.Encode)], cancellationToken);
        target.Write(new TrainedModel(decoder.Shape, broken, weights, manifest with
        {
            Result = manifest.Result with
            {
                HeldOutPerplexity = evaluation.Perplexity,
                HeldOutBitsPerByte = evaluation.BitsPerByte,
                HeldOutTokens = evaluation.Tokens,
            },
            BrokenOnPurpose = new BreakFacts(
                "tokenizer-order",
                "The weights are sound, but the ordinary tokens of tokenizer.json have each other's ids. "
                + "Held-out figures are those of this copy.",
                manifest.Files[ModelFolder.TokenizerName]),
        }));
        progress.Sample(SampleQuestion, new TextGenerator(decoder, broken).Answer(SampleQuestion, 0, new SeededRandom(0), limit: 30));
        progress.Finished(new FinishedRun(target.FullPath, evaluation.Perplexity, evaluation.BitsPerByte, 0, null, null));
        return ExitCodes.Done;
    }

    /// <summary>The special tokens keep their ids, so that the copy still starts and ends turns where the weights expect it.</summary>
    public static BpeCodec Shuffle(BpeCodec tokenizer, int seed)
    {
        string[] tokens = [.. tokenizer.Vocabulary];
        SeededRandom.Stream(seed, "broken tokenizer").Shuffle(tokens.AsSpan(SpecialTokens.All.Count));
        var ids = tokens.Select((token, id) => (token, id)).ToDictionary(pair => pair.token, pair => pair.id);
        return new BpeCodec(ids, tokenizer.Merges);
    }
}
