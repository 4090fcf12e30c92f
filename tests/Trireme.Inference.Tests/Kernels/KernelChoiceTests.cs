using Trireme.Inference.Engine;
using Trireme.Inference.Kernels;

namespace Trireme.Inference.Tests.Kernels;

public sealed class KernelChoiceTests
{
    [Fact]
    public void The_best_paths_are_taken_when_none_is_named()
    {
        Assert.Same(KernelChoice.Best, KernelChoice.Parse(null));
        Assert.Same(KernelChoice.Best, KernelChoice.Parse(""));
        Assert.True(KernelChoice.Best.Int8.IsSupported());
        Assert.True(KernelChoice.Best.Smaller.IsSupported());
    }

    [Fact]
    public void A_supported_path_can_be_forced_by_name()
    {
        foreach (KernelPath path in Enum.GetValues<KernelPath>().Where(path => path.IsSupported()))
        {
            var choice = KernelChoice.Parse(path.Name().ToUpperInvariant());
            Assert.Equal(new KernelChoice(path, path), choice);
            Assert.Equal(path.Name(), choice.Name);
        }
    }

    [Fact]
    public void An_unknown_path_is_refused_with_those_there_are()
    {
        var refusal = Assert.Throws<EngineStartException>(() => KernelChoice.Parse("neon"));
        Assert.Equal("TRIREME_KERNEL_PATH is \"neon\"; it must be one of scalar, avx2, avx512, avxvnni.", refusal.Message);
    }

    [Fact]
    public void A_mixed_choice_names_both_paths() =>
        Assert.Equal("avxvnni, int4 to int6 avx512", new KernelChoice(KernelPath.AvxVnni, KernelPath.Avx512).Name);
}
