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

        for (int seed = first; seed < first + count; seed++) RunOne(seed, test);
    }

    /// <summary>The same on every core; runs must share nothing. The first failure ends it.</summary>
    public static void RunInParallel(int first, int count, Action<int> test)
    {
        ArgumentNullException.ThrowIfNull(test);
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 })
        {
            Run(first, count, test);
            return;
        }

        try
        {
            var options = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount };
            Parallel.For(first, first + count, options, seed => RunOne(seed, test));
        }
        catch (AggregateException failures)
        {
            throw failures.InnerExceptions[0];
        }
    }

    private static void RunOne(int seed, Action<int> test)
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
