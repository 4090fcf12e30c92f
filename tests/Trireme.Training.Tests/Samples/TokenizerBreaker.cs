using Trireme.Training.Corpus;
using Trireme.Training.Generation;
using Trireme.Training.Model;
using Trireme.Training.Optimization;
using Trireme.Training.Output;
using Trireme.Training.Tokenization;

namespace Trireme.Training.Tests.Samples;

/// <summary>
/// Copies a model with a tokenizer whose ordinary tokens have each other's ids: the classic mistake of shipping weights with
/// the tokenizer of another training run. Every file is well-formed and every check of form passes; only the answers are
/// nonsense. It makes the sample release that must not be promoted.
/// </summary>
internal static class TokenizerBreaker
{
    private const string SampleQuestion = "Tell me a short story about a dog.";

    /// <summary>Writes the broken copy and returns what it answers to a question the sound model answers.</summary>
    public static string Run(ModelFolder source, ModelFolder target, CancellationToken cancellationToken)
    {
        TrainingManifest manifest = source.ReadManifest()!;
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
        return new TextGenerator(decoder, broken).Answer(SampleQuestion, 0, new SeededRandom(0), limit: 30);
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
