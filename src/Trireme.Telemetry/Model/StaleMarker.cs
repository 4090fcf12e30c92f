namespace Trireme.Telemetry.Model;

/// <summary>
/// The NaN that says a series ended here. Its bits are Prometheus'; every other NaN is an ordinary value. Inside the engine the
/// same bits stand for "no sample at this step", which never collides, because a marker is never the value of an expression.
/// </summary>
internal static class StaleMarker
{
    private const long Bits = 0x7ff0000000000002;

    public static double Value { get; } = BitConverter.Int64BitsToDouble(Bits);

    public static bool IsStale(double value) => BitConverter.DoubleToInt64Bits(value) == Bits;
}
