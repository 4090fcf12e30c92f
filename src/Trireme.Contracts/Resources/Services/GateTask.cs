using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;

namespace Trireme.Contracts.Resources;

/// <summary>A question with what its answer must be. What is set must all hold; at least one of the four must be.</summary>
public sealed record GateTask
{
    /// <summary>What is asked, as the message of a user.</summary>
    [MaxLength(8192)]
    public required string Prompt { get; init; }

    /// <summary>The whole answer, but for white space around it.</summary>
    [MaxLength(8192)]
    public string? Exact { get; init; }

    /// <summary>A text that the answer holds.</summary>
    [MaxLength(8192)]
    public string? Contains { get; init; }

    /// <summary>A regular expression that matches somewhere in the answer, without look-around and back references.</summary>
    [MaxLength(1024)]
    public string? Pattern { get; init; }

    /// <summary>Members that the answer has, which must be a JSON object.</summary>
    [MaxLength(64)]
    public IReadOnlyList<string>? JsonMembers { get; init; }

    /// <summary>Longest answer in tokens; what comes later is cut off.</summary>
    [Range(1, 1024)]
    public int MaxTokens { get; init; } = 64;
}

/// <summary>How patterns of tasks are read.</summary>
public static class GateTaskPattern
{
    /// <summary>In time linear in the answer, whatever the pattern is.</summary>
    public const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;
}
