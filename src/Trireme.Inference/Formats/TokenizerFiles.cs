using System.Text.Json;
using Trireme.Inference.Templates;
using Trireme.Inference.Tokenizers;

namespace Trireme.Inference.Formats;

/// <summary>What tokenizer.json, tokenizer_config.json and chat_template.jinja say together.</summary>
internal sealed record TokenizerFiles(BpeTokenizer Tokenizer, ChatTemplate? ChatTemplate)
{
    /// <summary>Why the model's own template cannot be used; the model then serves everything else.</summary>
    public string? ChatTemplateProblem { get; init; }

    private const string ConfigFile = "tokenizer_config.json";
    private const string TemplateFile = "chat_template.jinja";
    private const long TemplateBytesMax = 1 << 20;

    /// <summary>
    /// Reads a folder. An answer ends at the tokenizer's own eos_token as well as at the given ids: instruction-tuned models often
    /// name the end of the turn in one place and the end of text in the other.
    /// </summary>
    public static TokenizerFiles Read(
        string folder, IReadOnlyList<int> endOfSequence, int? beginOfSequence, string? chatTemplateFile = null)
    {
        JsonSection? config = StoredModel.OptionalFile(folder, ConfigFile);
        string? begin = SpecialToken(config, "bos_token");
        string? end = SpecialToken(config, "eos_token");
        TokenizerDefinition definition = TokenizerJson.Read(System.IO.Path.Combine(folder, "tokenizer.json"));
        var ends = new List<int>(endOfSequence);
        int? ordinaryEnd = end is null ? null : Id(definition, "eos_token", end);
        if (ordinaryEnd is { } id) ends.Add(id);
        if (begin is not null) beginOfSequence = Id(definition, "bos_token", begin);
        var tokenizer = new BpeTokenizer(definition, beginOfSequence, ends) { OrdinaryEnd = ordinaryEnd };
        if (chatTemplateFile is not null) return new TokenizerFiles(tokenizer, ReadTemplateFile(chatTemplateFile, begin, end));
        try
        {
            return new TokenizerFiles(tokenizer, ReadTemplate(folder, config, begin, end));
        }
        catch (ModelFormatException exception) when (exception.InnerException is null or ChatTemplateException)
        {
            // What it says cannot be used; a file that cannot be read is another matter.
            return new TokenizerFiles(tokenizer, null) { ChatTemplateProblem = exception.Message };
        }
    }

    /// <summary>
    /// Reads a template that replaces a model's own. Any text is a template, and one that shows the model no messages would answer
    /// every chat alike: that is another file than was meant.
    /// </summary>
    public static ChatTemplate ReadTemplateFile(string path, string? begin, string? end)
    {
        var file = new FileInfo(path);
        if (!file.Exists) throw Refused("there is no such file.");
        if (file.Length > TemplateBytesMax) throw Refused($"it has {file.Length} bytes; the most is {TemplateBytesMax}.");
        string source = ModelFile.ReadAllText(path, TemplateBytesMax);
        if (!source.Contains("messages", StringComparison.Ordinal))
        {
            throw Refused("it never reads \"messages\", so it is no chat template.");
        }

        try
        {
            return ChatTemplate.Parse(source, begin, end);
        }
        catch (ChatTemplateException exception)
        {
            throw Refused(exception.Message, exception);
        }

        ModelFormatException Refused(string problem, Exception? cause = null) =>
            new(path, problem, "Correct the file, or leave the chat template out to use the model's own.", cause);
    }

    private static ChatTemplate? ReadTemplate(string folder, JsonSection? config, string? begin, string? end)
    {
        string file = TemplateFile;
        string path = System.IO.Path.Combine(folder, TemplateFile);
        string? source = null;
        if (File.Exists(path))
        {
            source = ModelFile.ReadAllText(path, TemplateBytesMax);
        }
        else if (config is { } section)
        {
            file = ConfigFile;
            source = TemplateIn(section);
        }

        if (source is null) return null;
        try
        {
            return ChatTemplate.Parse(source, begin, end);
        }
        catch (ChatTemplateException exception)
        {
            throw new ModelFormatException(
                file,
                exception.Message,
                "Rewrite that part, or give another file as the chat template; completions are served meanwhile.",
                exception);
        }
    }

    /// <summary>One template, or a list of named ones of which "default" is used.</summary>
    private static string? TemplateIn(JsonSection config)
    {
        const string Key = "chat_template";
        if (config.Find(Key) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.Array) return config.OptionalString(Key);
        foreach (JsonElement entry in config.List(Key, 64))
        {
            JsonSection named = config.At(Key, entry);
            if (named.OptionalString("name") == "default") return named.RequiredString("template");
        }

        throw config.Problem(Key, "is a list without a template named 'default'.");
    }

    /// <summary>A token's text, given as a string or as an object with its content.</summary>
    private static string? SpecialToken(JsonSection? config, string key)
    {
        if (config is not { } section || section.Find(key) is not { } value) return null;
        return value.ValueKind == JsonValueKind.Object ? section.At(key, value).RequiredString("content") : section.OptionalString(key);
    }

    private static int Id(TokenizerDefinition definition, string key, string token) =>
        definition.FindId(token) ?? throw new ModelFormatException(
            ConfigFile, $"key '{key}' is '{token}', which tokenizer.json does not hold.", "Use the two files of one tokenizer.");
}
