namespace Trireme.Telemetry.Model;

/// <summary>A value at a time.</summary>
/// <param name="TimestampMs">Milliseconds since the Unix epoch.</param>
/// <param name="Value">Any double, NaN and the infinities included.</param>
public readonly record struct Sample(long TimestampMs, double Value);
