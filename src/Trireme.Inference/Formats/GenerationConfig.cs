namespace Trireme.Inference.Formats;

/// <summary>The model author's sampling defaults, from generation_config.json. A value the file does not give is null.</summary>
public sealed record GenerationConfig
{
    public float? Temperature { get; init; }

    public float? TopP { get; init; }

    /// <summary>0 keeps all tokens.</summary>
    public int? TopK { get; init; }

    /// <summary>False asks for the most likely token at every step, whatever the temperature.</summary>
    public bool? DoSample { get; init; }

    public float? MinP { get; init; }

    public float? TypicalP { get; init; }

    public float? RepetitionPenalty { get; init; }

    public int? BeginOfSequence { get; init; }

    public IReadOnlyList<int> EndOfSequence { get; init; } = [];
}
