using System.Globalization;

namespace Trireme.Testing;

/// <summary>The seeds of a randomised test, and their replay: with TRIREME_SEED set, only that one runs.</summary>
public static class Seeds
{
    public const string Variable = "TRIREME_SEED";

    /// <summary>Runs a test for seeds in a row; a failure names its seed and how to replay it.</summary>
    public static void Run(int first, int count, Action<int> test)
    {
        ArgumentNullException.ThrowIfNull(test);
        if (int.TryParse(Environment.GetEnvironmentVariable(Variable), CultureInfo.InvariantCulture, out int only))
        {
            (first, count) = (only, 1);
        }

        for (int seed = first; seed < first + count; seed++)
        {
            try
            {
                test(seed);
            }
            catch (Exception exception)
            {
                string replay = string.Create(CultureInfo.InvariantCulture, $"Seed {seed} failed (replay with {Variable}={seed})");
                throw new InvalidOperationException($"{replay}: {exception.Message}\n{exception.StackTrace}");
            }
        }
    }
}
