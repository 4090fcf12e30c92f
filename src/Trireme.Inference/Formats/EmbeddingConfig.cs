using Trireme.Inference.Generation;

namespace Trireme.Inference.Formats;

/// <summary>How a model's hidden states become vectors of texts.</summary>
public sealed record EmbeddingConfig
{
    /// <summary>The last token's state where no file says otherwise: a decoder's only one that has seen the whole text.</summary>
    public PoolingMode Pooling { get; init; } = PoolingMode.Last;

    /// <summary>Whether vectors are scaled to length one.</summary>
    public bool Normalize { get; init; } = true;

    /// <summary>True for a model trained so that the first dimensions are a vector by themselves.</summary>
    public bool IsMatryoshka { get; init; }

    /// <summary>The numbers of dimensions it was trained for; empty for any.</summary>
    public IReadOnlyList<int> MatryoshkaDimensions { get; init; } = [];

    /// <summary>Why no text can be embedded: what the files ask for and this engine does not do. Null when all is well.</summary>
    public string? Problem => StepProblem ?? PoolingProblem;

    /// <summary>What is wrong with the pooling the files name; choosing another one mends it.</summary>
    internal string? PoolingProblem { get; init; }

    /// <summary>A step the files name besides pooling and scaling.</summary>
    internal string? StepProblem { get; init; }
}
