using System.Globalization;

namespace Trireme.EndToEnd.Tests;

/// <summary>
/// How often a fault is repeated. A few rounds keep the suite short; TRIREME_ROUNDS raises them for a soak, as in
/// <c>TRIREME_ROUNDS=20 eng/test EndToEnd</c>.
/// </summary>
internal static class Rounds
{
    public static int Count { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("TRIREME_ROUNDS"), CultureInfo.InvariantCulture, out int rounds) ? rounds : 3;
}
