using System.ComponentModel.DataAnnotations;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Resources;

/// <summary>A chat template that replaces the one in the model's files.</summary>
public sealed record ChatTemplateSpec
{
    /// <summary>
    /// File with a template in Jinja, found or fetched as spec.source.path is, which replaces the model's own: it writes a chat's
    /// messages and tools as the prompt. Its digest is part of the release.
    /// </summary>
    public required string Path { get; init; }

    /// <summary>SHA-256 that the file must have: "sha256:" and 64 hexadecimal digits.</summary>
    [RegularExpression(ArtifactPin.DigestPattern)]
    public string? Digest { get; init; }

    internal void Validate(FieldErrors errors) => ArtifactAddress.Validate("spec.chatTemplate.path", Path, errors);
}
