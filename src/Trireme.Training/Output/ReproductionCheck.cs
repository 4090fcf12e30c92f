using System.Globalization;
using System.Text.Json;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.Training.Output;

/// <summary>Whether a run made the same model as the run before it.</summary>
internal enum Reproduction
{
    /// <summary>There was no model, or one from other settings.</summary>
    NotComparable,

    Reproduced,

    Differs,
}

/// <summary>The comparison of two manifests.</summary>
internal sealed record ReproductionCheck(Reproduction Outcome, string Explanation)
{
    /// <summary>
    /// Allowed relative difference of held-out perplexity. The kernels are pinned, so another machine with AVX2 usually makes the
    /// same bits; where a library adds in another order after all, training amplifies the last digits, and stays within this.
    /// </summary>
    public const double Tolerance = 0.02;

    /// <summary>Null where there is nothing to reproduce.</summary>
    public bool? Reproduced => Outcome == Reproduction.NotComparable ? null : Outcome == Reproduction.Reproduced;

    public override string ToString() => Outcome switch
    {
        Reproduction.Reproduced => $"reproduced: {Explanation}",
        Reproduction.Differs => $"NOT reproduced: {Explanation}",
        _ => $"not compared: {Explanation}",
    };

    public static ReproductionCheck Compare(TrainingManifest before, TrainingManifest after)
    {
        if (before.BrokenOnPurpose is not null) return new(Reproduction.NotComparable, "the model there was broken on purpose");
        if (!SameSettings(before.Spec, after.Spec)) return new(Reproduction.NotComparable, "the model there came from other settings");
        if (before.Corpus.Digest != after.Corpus.Digest)
        {
            return new(Reproduction.Differs, $"the training data differs: {before.Corpus.Digest} before, {after.Corpus.Digest} now");
        }

        double change = (after.Result.HeldOutPerplexity / before.Result.HeldOutPerplexity) - 1;
        string figures = string.Create(
            CultureInfo.InvariantCulture,
            $"held-out perplexity {before.Result.HeldOutPerplexity:0.0000} before, {after.Result.HeldOutPerplexity:0.0000} now "
            + $"({change:+0.00%;-0.00%})");
        return Math.Abs(change) <= Tolerance ? new(Reproduction.Reproduced, figures) : new(Reproduction.Differs, figures);
    }

    /// <summary>Where the model is written to and how many threads computed it are no settings of the result.</summary>
    private static bool SameSettings(TrainingJobSpec one, TrainingJobSpec other) => Comparable(one) == Comparable(other);

    private static string Comparable(TrainingJobSpec spec) =>
        JsonSerializer.Serialize(spec with { Output = "", Threads = 1 }, ResourceJson.Options);
}
