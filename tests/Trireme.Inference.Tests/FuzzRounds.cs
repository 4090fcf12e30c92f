using System.Globalization;

namespace Trireme.Inference.Tests;

/// <summary>How often fuzz tests run and from which seed: TRIREME_FUZZ_ROUNDS and TRIREME_FUZZ_SEED replace the quick defaults.</summary>
internal static class FuzzRounds
{
    public static int Of(int standard) => Setting("TRIREME_FUZZ_ROUNDS", standard);

    public static Random Random(int standardSeed) => new(Setting("TRIREME_FUZZ_SEED", standardSeed));

    private static int Setting(string variable, int standard) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out int value) ? value : standard;
}
