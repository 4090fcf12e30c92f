using System.Runtime.Intrinsics.X86;

namespace Trireme.Inference.Kernels;

/// <summary>Which instructions the kernels over packed weights use. All of them compute the same bits.</summary>
public enum KernelPath
{
    /// <summary>Plain C#, for any processor.</summary>
    Scalar,

    /// <summary>256-bit vectors with fused multiply-add: x86-64 from about 2013 on.</summary>
    Avx2,

    /// <summary>512-bit vectors of bytes and words.</summary>
    Avx512,

    /// <summary>256-bit vectors with a dot product of bytes in one instruction.</summary>
    AvxVnni,
}

/// <summary>What this processor can do.</summary>
internal static class KernelPaths
{
    /// <summary>How a path is called in settings and in the version report.</summary>
    public static string Name(this KernelPath path) => path switch
    {
        KernelPath.Avx2 => "avx2",
        KernelPath.Avx512 => "avx512",
        KernelPath.AvxVnni => "avxvnni",
        _ => "scalar",
    };

    public static bool IsSupported(this KernelPath path) => path switch
    {
        KernelPath.Avx2 => Avx2.IsSupported && Fma.IsSupported,
        KernelPath.Avx512 => Avx512BW.IsSupported && Avx512F.IsSupported,
        KernelPath.AvxVnni => AvxVnni.IsSupported && Fma.IsSupported,
        _ => true,
    };
}
