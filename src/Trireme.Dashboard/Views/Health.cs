namespace Trireme.Dashboard.Views;

/// <summary>How something is, in one word and one colour.</summary>
public sealed record Health(HealthLevel Level, string Label, string Detail);

public enum HealthLevel
{
    Good,
    Busy,
    Warning,
    Bad,
    Idle,
}
