namespace Trireme.Telemetry.Patterns;

/// <summary>
/// Steps that one value may take. Time is linear in the length of the value, but a large pattern over a large value is still many steps.
/// </summary>
internal struct PatternBudget
{
    /// <summary>About a quarter of a second.</summary>
    private const int MaxSteps = 50_000_000;

    private int _steps;

    /// <exception cref="PatternBudgetException">There are no steps left.</exception>
    public void Charge(int steps)
    {
        _steps += steps;
        if (_steps > MaxSteps) throw new PatternBudgetException();
    }
}
