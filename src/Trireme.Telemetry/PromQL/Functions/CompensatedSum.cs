namespace Trireme.Telemetry.PromQL.Functions;

/// <summary>
/// A sum that keeps what rounding loses, by Neumaier's variant of Kahan's method (Neumaier, 1974, "Rundungsfehleranalyse einiger
/// Verfahren zur Summation endlicher Summen").
/// </summary>
internal struct CompensatedSum
{
    private double _sum;
    private double _lost;

    /// <summary>The sum so far without the compensation.</summary>
    public readonly double Rounded => _sum;

    /// <summary>An infinite sum has nothing to compensate; adding the lost part would make it NaN.</summary>
    public readonly double Value => double.IsInfinity(_sum) ? _sum : _sum + _lost;

    public void Add(double value)
    {
        double next = _sum + value;
        if (Math.Abs(_sum) >= Math.Abs(value)) _lost += _sum - next + value;
        else _lost += value - next + _sum;
        _sum = next;
    }
}
