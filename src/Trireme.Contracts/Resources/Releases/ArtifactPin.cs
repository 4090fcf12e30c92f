using System.ComponentModel.DataAnnotations;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Resources;

/// <summary>A file and the digest it must have.</summary>
public sealed record ArtifactPin
{
    internal const string DigestPattern = "^sha256:[0-9a-f]{64}$";

    /// <summary>File name inside the source folder, such as model.safetensors; of a GGUF file its own name.</summary>
    public required string File { get; init; }

    /// <summary>SHA-256 of the content: "sha256:" and 64 hexadecimal digits.</summary>
    [RegularExpression(DigestPattern)]
    public required string Digest { get; init; }

    internal static string? OutsideProblem(string file, string source) =>
        Path.IsPathRooted(file) || ModelSource.Climbs(file) ? $"must be a file inside {source}" : null;

    /// <summary>Checks the pins in a field's list "artifacts".</summary>
    internal static void Validate(IReadOnlyList<ArtifactPin>? pins, string field, Func<string, string?> problemOf, FieldErrors errors)
    {
        for (int i = 0; i < (pins?.Count ?? 0); i++)
        {
            if (problemOf(pins![i].File) is { } problem) errors.Invalid($"{field}.artifacts[{i}].file", problem);
        }
    }
}
