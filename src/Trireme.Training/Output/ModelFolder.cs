using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Storage;
using Trireme.Training.Corpus;
using Trireme.Training.Model;
using Trireme.Training.Tokenization;

namespace Trireme.Training.Output;

/// <summary>A folder with a model in Hugging Face layout and the manifest of its training.</summary>
internal sealed class ModelFolder(string path)
{
    public const string ConfigName = "config.json";
    public const string WeightsName = "model.safetensors";
    public const string TokenizerName = "tokenizer.json";
    public const string TokenizerConfigName = "tokenizer_config.json";
    public const string ChatTemplateName = "chat_template.jinja";
    public const string GenerationConfigName = "generation_config.json";
    public const string ManifestName = "training-manifest.json";

    private static readonly string[] OwnNames =
        [ConfigName, WeightsName, TokenizerName, TokenizerConfigName, ChatTemplateName, GenerationConfigName, ManifestName];

    public string FullPath { get; } = Path.GetFullPath(path);

    /// <summary>The manifest in the folder, or null where there is none.</summary>
    /// <exception cref="InvalidDataException">The file is no training manifest.</exception>
    public TrainingManifest? ReadManifest()
    {
        string file = Path.Combine(FullPath, ManifestName);
        if (!File.Exists(file)) return null;
        try
        {
            return JsonSerializer.Deserialize<TrainingManifest>(ReadFile(ManifestName), ResourceJson.Options);
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{file} is no training manifest: {exception.Message}", exception);
        }
    }

    public BpeCodec ReadTokenizer() => TokenizerFile.Read(Path.Combine(FullPath, TokenizerName));

    public byte[] ReadWeights() => ReadFile(WeightsName);

    public DecoderShape ReadShape() => ModelConfigFiles.ReadShape(JsonNode.Parse(ReadFile(ConfigName))!);

    /// <summary>Why the folder must not be replaced by a new model, or null when it may.</summary>
    /// <exception cref="IrregularFileException">Something else than a folder stands there.</exception>
    public string? FindOverwriteProblem()
    {
        RegularFile.ThrowIfNoFolder(FullPath);
        if (!Directory.Exists(FullPath)) return null;
        IEnumerable<string?> names = Directory.EnumerateFileSystemEntries(FullPath).Select(Path.GetFileName);
        return names.FirstOrDefault(name => !OwnNames.Contains(name)) is { } foreign
            ? $"{FullPath} holds \"{foreign}\", which no training run wrote; choose another folder or move it away."
            : null;
    }

    /// <summary>
    /// Writes a model with its manifest. All files are complete in a folder beside the target before it takes the
    /// target's name, so that no reader ever sees half a model.
    /// </summary>
    /// <exception cref="IOException">The folder holds something else, or cannot be written.</exception>
    public void Write(TrainedModel model)
    {
        if (FindOverwriteProblem() is { } obstacle) throw new IOException(obstacle);

        var files = new Dictionary<string, byte[]>
        {
            [ChatTemplateName] = Encoding.UTF8.GetBytes(ChatMarkup.Template),
            [ConfigName] = Json(ModelConfigFiles.Config(model.Shape)),
            [GenerationConfigName] = Json(ModelConfigFiles.Generation()),
            [WeightsName] = model.Weights,
            [TokenizerName] = Json(TokenizerFile.Write(model.Tokenizer)),
            [TokenizerConfigName] = Json(ModelConfigFiles.Tokenizer(model.Shape)),
        };
        TrainingManifest manifest = model.Manifest with { Files = files.ToDictionary(file => file.Key, file => DigestOf(file.Value)) };
        files[ManifestName] = JsonSerializer.SerializeToUtf8Bytes(manifest, ResourceJson.Indented);

        string parent = Path.GetDirectoryName(FullPath)!;
        string temporary = Path.Combine(parent, $".{Path.GetFileName(FullPath)}.{Guid.NewGuid():N}");
        Directory.CreateDirectory(temporary);
        try
        {
            foreach ((string name, byte[] content) in files) File.WriteAllBytes(Path.Combine(temporary, name), content);
            Replace(temporary);
        }
        finally
        {
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
        }
    }

    public static string DigestOf(byte[] content) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(content));

    private byte[] ReadFile(string name)
    {
        string file = Path.Combine(FullPath, name);
        RegularFile.ThrowIfOther(file);
        return File.ReadAllBytes(file);
    }

    private void Replace(string complete)
    {
        string former = complete + ".former";
        bool replaces = Directory.Exists(FullPath);
        if (replaces) Directory.Move(FullPath, former);
        try
        {
            Directory.Move(complete, FullPath);
        }
        catch when (replaces)
        {
            Directory.Move(former, FullPath);
            throw;
        }

        if (replaces) Directory.Delete(former, recursive: true);
    }

    private static byte[] Json(JsonObject json) => Encoding.UTF8.GetBytes(json.ToJsonString(ResourceJson.Indented) + "\n");
}
