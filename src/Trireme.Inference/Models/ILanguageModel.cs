namespace Trireme.Inference.Models;

/// <summary>Computes what follows each token of a batch.</summary>
internal interface ILanguageModel
{
    int VocabularySize { get; }

    int HiddenSize { get; }

    /// <summary>Rows of logits one call of <see cref="Logits"/> may ask for.</summary>
    int MaxLogitRows { get; }

    /// <summary>Computes the batch and writes its keys and values into the sequences' blocks.</summary>
    void Run(BatchPlan batch);

    /// <summary>The logits of wanted rows of the last batch, one vocabulary after another; valid until the next call.</summary>
    Span<float> Logits(int firstOutput, int count);

    /// <summary>
    /// The hidden states after the last norm of wanted rows of the last batch, one hidden size after another; valid until the next run.
    /// An <see cref="EmbeddingPool"/> makes one vector of a text's states.
    /// </summary>
    ReadOnlySpan<float> States(int firstOutput, int count);
}
