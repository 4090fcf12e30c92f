using Trireme.Inference.Tokenizers.Gguf;

namespace Trireme.Inference.Formats.Gguf.Writing;

/// <summary>A byte-level vocabulary as GGUF keeps it: the model "gpt2".</summary>
internal sealed record VocabularyToWrite
{
    /// <summary>The name of the patterns that split text into words.</summary>
    public required string Split { get; init; }

    /// <summary>One spelling per id.</summary>
    public required IReadOnlyList<string> Tokens { get; init; }

    /// <summary>One per id.</summary>
    public required IReadOnlyList<GgufTokenType> Types { get; init; }

    /// <summary>Two spellings with a space between them, the first to merge first.</summary>
    public required IReadOnlyList<string> Merges { get; init; }

    public required int? BeginOfSequence { get; init; }

    /// <summary>At most three, the most usual end first.</summary>
    public required IReadOnlyList<int> EndOfSequence { get; init; }

    public required bool AddsBegin { get; init; }

    public string? ChatTemplate { get; init; }

    public void WriteTo(GgufWriter file)
    {
        file.Add(GgufVocabulary.ModelKey, "gpt2");
        file.Add(ByteLevelVocabulary.SplitKey, Split);
        file.Add(GgufVocabulary.TokensKey, Tokens);
        file.Add(GgufVocabulary.TypesKey, [.. Types.Select(type => (int)type)]);
        file.Add(GgufVocabulary.MergesKey, Merges);
        if (BeginOfSequence is { } begin) file.Add("tokenizer.ggml.bos_token_id", (uint)begin);
        foreach ((int id, string name) in EndOfSequence.Zip(GgufVocabulary.EndNames)) file.Add($"tokenizer.ggml.{name}_token_id", (uint)id);
        file.Add("tokenizer.ggml.add_bos_token", AddsBegin);
        if (ChatTemplate is not null) file.Add(GgufTokenizerReader.TemplateKey, ChatTemplate);
    }
}
