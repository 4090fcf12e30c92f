using Trireme.Inference.Formats;
using Trireme.Inference.Formats.Gguf;
using Trireme.Inference.Templates;

namespace Trireme.Inference.Tokenizers.Gguf;

/// <summary>Builds the tokenizer and the chat template that a GGUF file holds.</summary>
internal static class GgufTokenizerReader
{
    public const string TemplateKey = "tokenizer.chat_template";

    /// <summary>
    /// Control tokens that end a turn or a text in the models' templates. Files name one or two of them by id, and often not the one
    /// that the template writes.
    /// </summary>
    private static readonly HashSet<string> EndTokens =
        ["<|eot_id|>", "<|eom_id|>", "<|im_end|>", "<|end|>", "<end_of_turn>", "<|end_of_text|>", "<|endoftext|>"];

    public static TokenizerFiles Read(GgufMetadata metadata, string? chatTemplateFile = null)
    {
        string model = metadata.RequiredString(GgufVocabulary.ModelKey);
        var vocabulary = GgufVocabulary.Read(metadata);
        TokenizerDefinition definition = model switch
        {
            "gpt2" => ByteLevelVocabulary.Define(vocabulary),
            "llama" => PieceVocabulary.Define(vocabulary),
            _ => throw metadata.Unsupported(GgufVocabulary.ModelKey, $"is '{model}'; known are gpt2, llama."),
        };
        int? begin = vocabulary.Special("bos");
        int? end = vocabulary.Special("eos");
        var ends = new List<int>();
        foreach (string name in GgufVocabulary.EndNames)
        {
            if (vocabulary.Special(name) is { } id) ends.Add(id);
        }

        ends.AddRange(definition.AddedTokens.Where(token => token.Special && EndTokens.Contains(token.Content)).Select(token => token.Id));
        var tokenizer = new BpeTokenizer(definition, begin, ends) { OrdinaryEnd = end };
        if (chatTemplateFile is not null)
        {
            return new TokenizerFiles(tokenizer, TokenizerFiles.ReadTemplateFile(chatTemplateFile, Text(begin), Text(end)));
        }

        try
        {
            return new TokenizerFiles(tokenizer, Template(metadata, Text(begin), Text(end)));
        }
        catch (ModelFormatException exception)
        {
            return new TokenizerFiles(tokenizer, null) { ChatTemplateProblem = exception.Message };
        }

        string? Text(int? id) => id is { } token ? vocabulary.Text(token) : null;
    }

    private static ChatTemplate? Template(GgufMetadata metadata, string? begin, string? end)
    {
        if (metadata.OptionalString(TemplateKey) is not { } source) return null;
        try
        {
            return ChatTemplate.Parse(source, begin, end);
        }
        catch (ChatTemplateException exception)
        {
            throw metadata.Problem(
                TemplateKey, $"is no template this engine runs: {exception.Message}",
                "Give a file as the chat template; completions are served meanwhile.");
        }
    }
}
