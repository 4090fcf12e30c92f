namespace Trireme.Contracts.Schema;

/// <summary>A column of the table that get prints.</summary>
/// <param name="Name">Heading, such as "Ready".</param>
/// <param name="JsonPath">Where the value is, in Kubernetes' JSONPath subset, such as ".status.phase".</param>
/// <param name="Type">string, integer, number, boolean or date (shown as an age).</param>
/// <param name="Priority">0 is always shown; 1 only with -o wide.</param>
public sealed record PrinterColumn(string Name, string JsonPath, string Type = "string", int Priority = 0)
{
    /// <summary>What it shows, for people; null where the path says enough.</summary>
    public string? Description { get; init; }

    /// <summary>OpenAPI's format of the value, such as "int32"; empty for none.</summary>
    public string Format { get; init; } = "";
}
