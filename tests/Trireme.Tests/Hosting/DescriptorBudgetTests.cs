using Microsoft.Extensions.Time.Testing;
using Trireme.Hosting.Listening;
using Trireme.Settings;

namespace Trireme.Tests.Hosting;

public sealed class DescriptorBudgetTests
{
    private readonly FakeTimeProvider _time = new();
    private long _open = 200;
    private int _counts;

    [Fact]
    public void What_others_opened_is_taken_from_the_connections_within_a_second()
    {
        DescriptorBudget budget = Budget(1024);
        int atStart = budget.Current().Gateway;
        _open = 700;
        Assert.Equal(atStart, budget.Current().Gateway);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.InRange(budget.Current().Gateway, 1, atStart - 1);

        _open = 200;
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(atStart, budget.Current().Gateway);
    }

    [Fact]
    public void The_connections_themselves_take_nothing()
    {
        DescriptorBudget budget = Budget(1024);
        int atStart = budget.Current().Gateway;
        for (int i = 0; i < 300; i++) budget.Opened();
        _open = 340 + 300;
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(atStart, budget.Current().Gateway);

        // Some were closed and others of the process have taken their descriptors.
        for (int i = 0; i < 200; i++) budget.Closed();
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.InRange(budget.Current().Gateway, 1, atStart - 1);
    }

    [Fact]
    public void Files_are_counted_once_a_second_however_many_come()
    {
        DescriptorBudget budget = Budget(1024);
        for (int i = 0; i < 1000; i++) budget.Current();
        Assert.Equal(1, _counts);
        _time.Advance(TimeSpan.FromSeconds(1));
        for (int i = 0; i < 1000; i++) budget.Current();
        Assert.Equal(2, _counts);
    }

    [Fact]
    public void Too_low_a_limit_ends_the_start_with_what_to_do()
    {
        CommandException exception = Assert.Throws<CommandException>(() => Budget(256));
        Assert.Contains("may open 256 files", exception.Message, StringComparison.Ordinal);
        Assert.Contains("ulimit -n", exception.Message, StringComparison.Ordinal);
    }

    private DescriptorBudget Budget(long limit) => new(limit, PlatformSettings.Default, Count, _time);

    private long Count()
    {
        _counts++;
        return _open;
    }
}
