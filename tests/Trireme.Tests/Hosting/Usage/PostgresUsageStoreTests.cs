using Trireme.Hosting.Usage;

namespace Trireme.Tests.Hosting.Usage;

public sealed class PostgresUsageStoreTests
{
    [Theory]
    [InlineData("Host=db;Database=usage;Username=trireme;Passfile=/etc/pgpass", null)]
    [InlineData("Database=usage", "it names no Host")]
    [InlineData("Host=db;Password=secret", "it holds a password")]
    [InlineData("Hots=db", "Couldn't set hots")]
    public void Says_what_is_wrong_with_a_way_to_connect(string settings, string? expected)
    {
        if (expected is null) Assert.Null(PostgresUsageStore.Problem(settings));
        else Assert.StartsWith(expected, PostgresUsageStore.Problem(settings), StringComparison.Ordinal);
    }
}
