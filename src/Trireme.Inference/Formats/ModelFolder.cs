using Trireme.Inference.Templates;
using Trireme.Inference.Tokenizers;

namespace Trireme.Inference.Formats;

/// <summary>A model in the Hugging Face layout. Owns the mapped weights; everything else outlives it.</summary>
public sealed class ModelFolder : IDisposable
{
    private const long SmallFileBytesMax = 4 << 20;

    private ModelFolder(string path, ModelConfig config, GenerationConfig generation, TokenizerFiles tokenizer, TensorSet weights)
    {
        Path = path;
        Config = config;
        Generation = generation;
        Tokenizer = tokenizer.Tokenizer;
        ChatTemplate = tokenizer.ChatTemplate;
        Weights = weights;
    }

    public string Path { get; }

    public ModelConfig Config { get; }

    public GenerationConfig Generation { get; }

    public TensorSet Weights { get; }

    public ITokenizer Tokenizer { get; }

    /// <summary>From chat_template.jinja, else from tokenizer_config.json, else null.</summary>
    public ChatTemplate? ChatTemplate { get; }

    /// <summary>Reads and checks every file. Throws <see cref="ModelFormatException"/>.</summary>
    public static ModelFolder Open(string path)
    {
        if (!Directory.Exists(path))
        {
            throw new ModelFormatException(path, "there is no such folder.", "Give the folder that holds config.json.");
        }

        var config = ModelConfig.Load(System.IO.Path.Combine(path, "config.json"));
        GenerationConfig generation = OptionalFile(path, "generation_config.json") is { } json ? GenerationConfigReader.Read(json) : new();
        IReadOnlyList<int> ends = [.. generation.EndOfSequence, .. config.EndOfSequence];
        TokenizerFiles tokenizer = TokenizerFiles.Read(path, ends, config.BeginOfSequence);
        if (tokenizer.Tokenizer.VocabularySize > config.VocabularySize)
        {
            throw new ModelFormatException(
                "tokenizer.json",
                $"its ids reach {tokenizer.Tokenizer.VocabularySize - 1}; vocab_size in config.json is {config.VocabularySize}.",
                "Use the tokenizer the model was trained with.");
        }

        return new ModelFolder(path, config, generation, tokenizer, SafetensorsSet.OpenFolder(path));
    }

    public void Dispose() => Weights.Dispose();

    internal static JsonSection? OptionalFile(string folder, string name)
    {
        string path = System.IO.Path.Combine(folder, name);
        return File.Exists(path) ? JsonSection.ReadFile(path, SmallFileBytesMax) : null;
    }
}
