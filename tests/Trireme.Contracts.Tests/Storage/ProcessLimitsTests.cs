using Trireme.Contracts.Storage;

namespace Trireme.Contracts.Tests.Storage;

public sealed class ProcessLimitsTests
{
    [Fact]
    public void A_limit_is_read_as_the_kernel_writes_it()
    {
        string[] limits =
        [
            "Limit                     Soft Limit           Hard Limit           Units",
            "Max file size             unlimited            unlimited            bytes",
            "Max open files            1024                 4096                 files",
        ];
        Assert.Equal(1024, ProcessLimits.Soft("Max open files", limits));
        Assert.Equal(long.MaxValue, ProcessLimits.Soft("Max file size", limits));
        Assert.Equal(long.MaxValue, ProcessLimits.Soft("Max file size", []));
    }
}
