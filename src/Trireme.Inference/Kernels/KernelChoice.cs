using Trireme.Inference.Engine;

namespace Trireme.Inference.Kernels;

/// <summary>The path of each packed weight format, chosen once when the engine starts.</summary>
/// <param name="Int8">For eight bits.</param>
/// <param name="Smaller">For four to six bits.</param>
internal sealed record KernelChoice(KernelPath Int8, KernelPath Smaller)
{
    /// <summary>Environment variable that forces one path for every format.</summary>
    public const string Setting = "TRIREME_KERNEL_PATH";

    // Eight-bit weights are multiplied in two halves without the dot product instruction, which costs more than wider vectors gain.
    private static readonly KernelPath[] Int8Order = [KernelPath.AvxVnni, KernelPath.Avx512, KernelPath.Avx2, KernelPath.Scalar];

    // Products of smaller weights fit 16 bits, so that 512-bit vectors do up to twice the work of the 256-bit dot product.
    private static readonly KernelPath[] SmallerOrder = [KernelPath.Avx512, KernelPath.AvxVnni, KernelPath.Avx2, KernelPath.Scalar];

    /// <summary>The fastest paths of this processor.</summary>
    public static KernelChoice Best { get; } =
        new(Int8Order.First(path => path.IsSupported()), SmallerOrder.First(path => path.IsSupported()));

    /// <summary>How the choice is shown, such as "avxvnni" or "avxvnni, int4 to int6 avx512".</summary>
    public string Name => Int8 == Smaller ? Int8.Name() : $"{Int8.Name()}, int4 to int6 {Smaller.Name()}";

    /// <summary>What the environment asks for, or the best.</summary>
    /// <exception cref="EngineStartException">The environment names no path, or one this processor lacks.</exception>
    public static KernelChoice FromEnvironment() => Parse(Environment.GetEnvironmentVariable(Setting));

    /// <summary>One path for every format, or the best of each when none is named.</summary>
    /// <exception cref="EngineStartException">There is no such path, or this processor lacks it.</exception>
    public static KernelChoice Parse(string? name)
    {
        if (string.IsNullOrEmpty(name)) return Best;
        foreach (KernelPath path in Enum.GetValues<KernelPath>())
        {
            if (!string.Equals(path.Name(), name, StringComparison.OrdinalIgnoreCase)) continue;
            if (path.IsSupported()) return new KernelChoice(path, path);
            throw new EngineStartException(
                $"{Setting} is \"{name}\", which this processor cannot do. Use one of {Names(supported: true)}.");
        }

        throw new EngineStartException($"{Setting} is \"{name}\"; it must be one of {Names(supported: false)}.");
    }

    public KernelPath For(WeightType type) => type == WeightType.Int8 ? Int8 : Smaller;

    private static string Names(bool supported) =>
        string.Join(", ", Enum.GetValues<KernelPath>().Where(path => !supported || path.IsSupported()).Select(path => path.Name()));
}
