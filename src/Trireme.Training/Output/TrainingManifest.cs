using Trireme.Contracts.Resources;

namespace Trireme.Training.Output;

/// <summary>How a model came to be, in enough detail to make it again and to see whether it is the same.</summary>
internal sealed record TrainingManifest
{
    /// <summary>Name of the training job.</summary>
    public required string Job { get; init; }

    /// <summary>Everything the run depended on, defaults written out.</summary>
    public required TrainingJobSpec Spec { get; init; }

    /// <summary>Version of the trainer with the source revision.</summary>
    public required string CodeVersion { get; init; }

    public required CorpusFacts Corpus { get; init; }

    public required ModelFacts Model { get; init; }

    public required OptimizerFacts Optimizer { get; init; }

    public required TrainingResult Result { get; init; }

    public required RunFacts Run { get; init; }

    /// <summary>What was done to the model on purpose to make it bad, for rehearsing a failing release; absent for sound models.</summary>
    public BreakFacts? BrokenOnPurpose { get; init; }

    /// <summary>Mean training loss in nats per token up to each step since the point before.</summary>
    public required IReadOnlyList<LossPoint> LossCurve { get; init; }

    /// <summary>"sha256:" digests of the other files in the folder.</summary>
    public IReadOnlyDictionary<string, string> Files { get; init; } = new Dictionary<string, string>();
}

internal sealed record CorpusFacts(string Generator, int Documents, int TrainingDocuments, int HeldOutDocuments, string Digest);

internal sealed record ModelFacts(string Architecture, long Parameters, int VocabularySize, int Merges);

internal sealed record OptimizerFacts(
    string Name, double Beta1, double Beta2, double Epsilon, string Schedule, double FinalLearningRateShare);

/// <param name="HeldOutPerplexity">Per token, of the weights as written (bfloat16).</param>
/// <param name="HeldOutBitsPerByte">Comparable between tokenizers.</param>
/// <param name="HeldOutTokens">Tokens predicted for it.</param>
/// <param name="TrainingTokens">Tokens seen in all steps.</param>
/// <param name="PassesOverData">How often the training documents were gone through.</param>
internal sealed record TrainingResult(
    double HeldOutPerplexity, double HeldOutBitsPerByte, long HeldOutTokens, long TrainingTokens, double PassesOverData);

internal sealed record RunFacts(DateTimeOffset StartedAt, double WallSeconds, int Threads, int MachineProcessors, string OperatingSystem);

internal sealed record BreakFacts(string Kind, string Description, string SourceDigest);

internal sealed record LossPoint(int Step, double Loss);
