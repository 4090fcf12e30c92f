namespace Trireme.Telemetry.Patterns;

/// <summary>
/// Steps that one value may take. Time is linear in the length of the value, but a large pattern over a large value is still many steps.
/// </summary>
internal struct PatternSteps
{
    /// <summary>About a quarter of a second.</summary>
    private const int MaxSteps = 50_000_000;

    private int _taken;

    /// <exception cref="PatternBudgetException">There are no steps left.</exception>
    public void Charge(int steps)
    {
        _taken += steps;
        if (_taken > MaxSteps) throw new PatternBudgetException();
    }
}
