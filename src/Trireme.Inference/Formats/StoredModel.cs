using Trireme.Inference.Formats.Gguf;
using Trireme.Inference.Templates;
using Trireme.Inference.Tokenizers;
using Trireme.Inference.Tokenizers.Gguf;

namespace Trireme.Inference.Formats;

/// <summary>
/// A model as it lies on disk: a folder in the Hugging Face layout, or one GGUF file. Owns the mapped weights; everything else
/// outlives it.
/// </summary>
public sealed class StoredModel : IDisposable
{
    private const string GgufExtension = ".gguf";
    internal const long SmallFileBytesMax = 4 << 20;

    private readonly Task<TokenizerFiles> _tokenizer;

    private StoredModel(
        string path, ModelConfig config, GenerationConfig generation, TensorSet weights, Func<TokenizerFiles> readTokenizer)
    {
        Path = path;
        Config = config;
        Generation = generation;
        Weights = weights;
        // A thread of its own, because the pool's few have the weights to read and the server to run.
        _tokenizer = Task.Factory.StartNew(
            readTokenizer, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public string Path { get; }

    public ModelConfig Config { get; }

    public GenerationConfig Generation { get; }

    /// <summary>How texts become vectors.</summary>
    public EmbeddingConfig Embedding { get; private init; } = new();

    public TensorSet Weights { get; }

    public ITokenizer Tokenizer => _tokenizer.GetAwaiter().GetResult().Tokenizer;

    /// <summary>
    /// From the file that replaces it, else from chat_template.jinja, tokenizer_config.json or the GGUF file's metadata, else null.
    /// </summary>
    public ChatTemplate? ChatTemplate => _tokenizer.GetAwaiter().GetResult().ChatTemplate;

    /// <summary>Why the model's own template cannot be used; null where it can, or where there is none.</summary>
    public string? ChatTemplateProblem => _tokenizer.GetAwaiter().GetResult().ChatTemplateProblem;

    /// <summary>Reads and checks a folder's files, or a .gguf file. Throws <see cref="ModelFormatException"/>.</summary>
    public static StoredModel Open(string path)
    {
        StoredModel model = Begin(path);
        try
        {
            _ = model.Tokenizer;
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The same with the tokenizer still being read on another thread, while the weights are loaded: asking for it waits for it, and
    /// throws when something is wrong with it.
    /// </summary>
    /// <param name="path">Folder or .gguf file.</param>
    /// <param name="chatTemplateFile">A Jinja file in place of the model's own template, which is not even read then.</param>
    internal static StoredModel Begin(string path, string? chatTemplateFile = null)
    {
        if (Directory.Exists(path)) return OpenFolder(path, chatTemplateFile);
        if (path.EndsWith(GgufExtension, StringComparison.OrdinalIgnoreCase) && File.Exists(path)) return OpenGguf(path, chatTemplateFile);
        string problem = File.Exists(path)
            ? $"it is a file whose name does not end in {GgufExtension}."
            : "there is no such folder or file.";
        throw new ModelFormatException(path, problem, $"Give the folder that holds config.json, or a {GgufExtension} file.");
    }

    public void Dispose()
    {
        // A GGUF file's tokenizer is read from the mapping, which must not go while that is going on.
        ((IAsyncResult)_tokenizer).AsyncWaitHandle.WaitOne();
        Weights.Dispose();
    }

    internal static JsonSection? OptionalFile(string folder, string name)
    {
        string path = System.IO.Path.Combine(folder, name);
        return File.Exists(path) ? JsonSection.ReadFile(path, SmallFileBytesMax) : null;
    }

    private static StoredModel OpenFolder(string path, string? chatTemplateFile)
    {
        var config = ModelConfig.Load(System.IO.Path.Combine(path, "config.json"));
        GenerationConfig generation = OptionalFile(path, "generation_config.json") is { } json ? GenerationConfigReader.Read(json) : new();
        IReadOnlyList<int> ends = [.. generation.EndOfSequence, .. config.EndOfSequence];
        EmbeddingConfig embedding = EmbeddingConfigReader.ReadFolder(path);
        return new StoredModel(path, config, generation, SafetensorsSet.OpenFolder(path), ReadTokenizer) { Embedding = embedding };

        TokenizerFiles ReadTokenizer()
        {
            TokenizerFiles tokenizer = TokenizerFiles.Read(path, ends, config.BeginOfSequence, chatTemplateFile);
            RefuseLargeVocabulary("tokenizer.json", "vocab_size in config.json", tokenizer, config);
            return tokenizer;
        }
    }

    private static StoredModel OpenGguf(string path, string? chatTemplateFile)
    {
        var weights = GgufSet.Open(path);
        try
        {
            var generation = new GenerationConfig
            {
                BeginOfSequence = weights.Config.BeginOfSequence,
                EndOfSequence = weights.Config.EndOfSequence,
            };
            EmbeddingConfig embedding = EmbeddingConfigReader.Read(weights.Metadata);
            return new StoredModel(path, weights.Config, generation, weights, ReadTokenizer) { Embedding = embedding };
        }
        catch
        {
            weights.Dispose();
            throw;
        }

        TokenizerFiles ReadTokenizer()
        {
            TokenizerFiles tokenizer = GgufTokenizerReader.Read(weights.Metadata, chatTemplateFile);
            RefuseLargeVocabulary(weights.Name, "the rows of token_embd.weight", tokenizer, weights.Config);
            return tokenizer;
        }
    }

    private static void RefuseLargeVocabulary(string file, string limit, TokenizerFiles tokenizer, ModelConfig config)
    {
        if (tokenizer.Tokenizer.VocabularySize <= config.VocabularySize) return;
        throw new ModelFormatException(
            file,
            $"its ids reach {tokenizer.Tokenizer.VocabularySize - 1}; {limit} is {config.VocabularySize}.",
            "Use the tokenizer the model was trained with.");
    }
}
