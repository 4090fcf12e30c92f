using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Storage;
using Trireme.Contracts.Validation;

namespace Trireme.Training.Jobs;

/// <summary>Reads a TrainingJob from a YAML or JSON file.</summary>
internal static class TrainingJobFile
{
    private const int SizeLimitBytes = 1 << 20;

    private static readonly ResourceDefinition Definition = ResourceDefinition.Of<TrainingJob>("trainingjobs");

    /// <summary>The job, or what is wrong with the file, one sentence per field.</summary>
    /// <exception cref="FileNotFoundException">It is not there.</exception>
    /// <exception cref="IrregularFileException">It is a pipe, a device, a socket or a folder.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static (TrainingJob? Job, IReadOnlyList<string> Errors) Read(string path)
    {
        if (!Path.Exists(path))
        {
            throw new FileNotFoundException(
                $"{path} does not exist; name a TrainingJob manifest such as samples/training/train-tiny.yaml", path);
        }

        try
        {
            return Parse(YamlFile.Read(path, SizeLimitBytes));
        }
        catch (Exception exception) when (exception is FormatException or InvalidDataException)
        {
            return (null, [exception.Message]);
        }
    }

    public static (TrainingJob? Job, IReadOnlyList<string> Errors) Parse(string text)
    {
        IReadOnlyList<JsonNode> documents;
        try
        {
            documents = YamlJson.Parse(text);
        }
        catch (FormatException exception)
        {
            return (null, [exception.Message]);
        }

        if (documents is not [JsonObject manifest])
        {
            return (null, [$"the file holds {documents.Count} documents; it must hold one TrainingJob, starting with apiVersion and kind"]);
        }

        if (IdentityError(manifest) is { } error) return (null, [error]);

        using JsonDocument document = JsonDocument.Parse(manifest.ToJsonString());
        IReadOnlyList<FieldError> errors = ResourceValidator.Validate(Definition, document.RootElement, out IResource? resource);
        return errors.Count > 0 ? (null, [.. errors.Select(Describe)]) : ((TrainingJob)resource!, []);
    }

    /// <summary>A manifest of another kind would fail field by field; this says at once what it is.</summary>
    private static string? IdentityError(JsonObject manifest)
    {
        string found = $"{manifest["apiVersion"]} {manifest["kind"]}";
        string wanted = $"{Definition.ApiVersion} {Definition.Kind}";
        return found == wanted ? null : $"kind: this is a \"{found}\", not a \"{wanted}\"";
    }

    // The message about an unknown field names the field itself.
    private static string Describe(FieldError error) => error.Type == FieldErrorType.UnknownField ? error.Detail : error.ToString();
}
