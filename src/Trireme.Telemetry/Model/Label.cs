namespace Trireme.Telemetry.Model;

/// <summary>One name and value of a label set.</summary>
public readonly record struct Label(string Name, string Value);
