using Trireme.Hosting.Usage;
using Trireme.Settings;

namespace Trireme.Tests.Hosting.Usage;

public sealed class PostgresUsageStoreTests
{
    [Fact]
    public void A_password_in_the_settings_is_refused_and_not_repeated()
    {
        Setting setting = SettingsCatalog.Find("gateway.usage.postgres")!;
        var value = new SettingValue { Key = setting.Key, Origin = "--set", Text = "Host=db;Password=s3cret", Folder = "/" };
        Assert.Null(setting.Write(PlatformSettings.Default, value));
        Assert.DoesNotContain("s3cret", setting.Refusal(value), StringComparison.Ordinal);
        Assert.Contains("without a password", setting.Refusal(value), StringComparison.Ordinal);
    }

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
