using Trireme.Inference.Caching;

namespace Trireme.Inference.Tests.Caching;

public sealed class BlockHashTests
{
    [Fact]
    public void Salts_and_adapters_all_have_roots_of_their_own()
    {
        BlockHash one = BlockHash.Chain(default, [1]), two = BlockHash.Chain(default, [2]);
        BlockHash?[] adapters = [null, one, two, default(BlockHash)];
        // A salt may be chosen to look like an adapter's identity.
        string?[] salts = [null, "", "a", "b", one.ToString(), "\uFFFD", "\uFFFD\u0001" + one];
        BlockHash[] roots = [.. adapters.SelectMany(adapter => salts.Select(salt => BlockHash.Root(salt, adapter)))];
        Assert.Equal(roots.Length, roots.Distinct().Count());
    }
}
