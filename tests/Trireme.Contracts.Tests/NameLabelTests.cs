using Trireme.Contracts.Resources;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Tests;

public sealed class NameLabelTests
{
    [Fact]
    public void A_name_that_fits_is_its_own_label()
    {
        string longest = new('a', 63);
        Assert.Equal("tiny.v1", NameLabel.ValueOf("tiny.v1"));
        Assert.Equal(longest, NameLabel.ValueOf(longest));
        Assert.Equal("trireme.dev/service=tiny", NameLabel.SelectorOf("tiny"));
    }

    [Theory]
    [InlineData(64)]
    [InlineData(253)]
    public void A_longer_one_is_a_label_by_its_start_and_a_hash(int length)
    {
        // The cut falls behind a dot, with which no label may end before the hash is there.
        string name = new string('a', 53) + "." + new string('b', length - 54);
        string label = NameLabel.ValueOf(name);
        Assert.True(NameRules.IsLabelValue(label), label);
        Assert.StartsWith(new string('a', 53) + "-", label, StringComparison.Ordinal);
        Assert.NotEqual(label, NameLabel.ValueOf(name[..^1] + "c"));
    }
}
