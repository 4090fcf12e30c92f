namespace Trireme.Dashboard.Components.Parts;

/// <summary>Signs that repeat what a word and a colour say.</summary>
public enum IconSign
{
    Good,
    Busy,
    Warning,
    Bad,
    Idle,
    Theme,
}
