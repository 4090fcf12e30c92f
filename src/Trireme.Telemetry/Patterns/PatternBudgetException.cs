namespace Trireme.Telemetry.Patterns;

/// <summary>A pattern and a value are so large together that matching them would take seconds.</summary>
internal sealed class PatternBudgetException() : Exception("a regular expression takes too long to match");
