using System.ComponentModel.DataAnnotations;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Resources;

/// <summary>A training run that can be repeated: the same seed, data and settings give the same model.</summary>
public sealed record TrainingJob : IResource, Schema.IHasTypeMeta, IValidatable
{
    public static string TypeApiVersion => TriremeApi.Version;

    public static string TypeKind => "TrainingJob";

    public string ApiVersion { get; init; } = TypeApiVersion;

    public string Kind { get; init; } = TypeKind;

    public required ObjectMeta Metadata { get; init; }

    public required TrainingJobSpec Spec { get; init; }

    public void Validate(FieldErrors errors)
    {
        if (Spec.Model.HiddenSize % Spec.Model.AttentionHeads != 0)
        {
            errors.Invalid("spec.model.attentionHeads", $"{Spec.Model.AttentionHeads} must divide hiddenSize ({Spec.Model.HiddenSize})");
        }
        else if (Spec.Model.HiddenSize / Spec.Model.AttentionHeads % 2 != 0)
        {
            int dimensions = Spec.Model.HiddenSize / Spec.Model.AttentionHeads;
            errors.Invalid(
                "spec.model.attentionHeads",
                $"{Spec.Model.AttentionHeads} heads have {dimensions} dimensions each; rotary positions need an even number");
        }

        if (Spec.Model.AttentionHeads % Spec.Model.KeyValueHeads != 0)
        {
            errors.Invalid(
                "spec.model.keyValueHeads",
                $"{Spec.Model.KeyValueHeads} must divide attentionHeads ({Spec.Model.AttentionHeads})");
        }

        if (Spec.Training.SequenceLength > Spec.Model.ContextLength)
        {
            errors.Invalid(
                "spec.training.sequenceLength",
                $"{Spec.Training.SequenceLength} must be at most model.contextLength ({Spec.Model.ContextLength})");
        }

        if (Spec.Training.WarmupSteps >= Spec.Training.Steps)
        {
            errors.Invalid("spec.training.warmupSteps", $"{Spec.Training.WarmupSteps} must be fewer than steps ({Spec.Training.Steps})");
        }
    }
}

/// <summary>What to train on what data with which settings.</summary>
public sealed record TrainingJobSpec
{
    /// <summary>Seed of data generation, initial weights and batch order.</summary>
    [Range(0, int.MaxValue)]
    public int Seed { get; init; } = 1;

    public required CorpusSpec Corpus { get; init; }

    public TokenizerSpec Tokenizer { get; init; } = new();

    public DecoderSpec Model { get; init; } = new();

    public OptimizationSpec Training { get; init; } = new();

    /// <summary>Compute threads; more threads change the order of additions and so the last digits of the result.</summary>
    [Range(1, 256)]
    public int Threads { get; init; } = 2;

    /// <summary>Folder to write the model to.</summary>
    public required string Output { get; init; }
}

/// <summary>The text to learn from.</summary>
public sealed record CorpusSpec
{
    /// <summary>Name of the generator that writes the text.</summary>
    [AllowedValues("plain-english")]
    public required string Generator { get; init; }

    /// <summary>Documents to generate.</summary>
    [Range(100, 10_000_000)]
    public required int Documents { get; init; }

    /// <summary>Share of documents held out for evaluation.</summary>
    [Range(0.001, 0.5)]
    public double HeldOut { get; init; } = 0.02;
}

/// <summary>Byte-level BPE, trained on the corpus.</summary>
public sealed record TokenizerSpec
{
    [Range(300, 65_536)]
    public int VocabularySize { get; init; } = 2048;
}

/// <summary>A decoder of the Llama family.</summary>
public sealed record DecoderSpec
{
    [Range(1, 128)]
    public int Layers { get; init; } = 4;

    [Range(16, 16_384)]
    public int HiddenSize { get; init; } = 128;

    [Range(16, 65_536)]
    public int IntermediateSize { get; init; } = 344;

    [Range(1, 256)]
    public int AttentionHeads { get; init; } = 8;

    [Range(1, 256)]
    public int KeyValueHeads { get; init; } = 4;

    /// <summary>Longest sequence in tokens.</summary>
    [Range(32, 32_768)]
    public int ContextLength { get; init; } = 512;
}

/// <summary>AdamW with linear warm-up and cosine decay.</summary>
public sealed record OptimizationSpec
{
    [Range(1, 10_000_000)]
    public int Steps { get; init; } = 1000;

    /// <summary>Sequences per step.</summary>
    [Range(1, 4096)]
    public int BatchSize { get; init; } = 16;

    /// <summary>Tokens per sequence.</summary>
    [Range(16, 32_768)]
    public int SequenceLength { get; init; } = 256;

    [Range(1e-7, 1)]
    public double LearningRate { get; init; } = 3e-3;

    [Range(0, 1_000_000)]
    public int WarmupSteps { get; init; } = 50;

    [Range(0, 1)]
    public double WeightDecay { get; init; } = 0.1;

    /// <summary>Largest norm of the gradient; longer ones are scaled down to it.</summary>
    [Range(0.01, 100)]
    public double GradientClip { get; init; } = 1.0;
}
