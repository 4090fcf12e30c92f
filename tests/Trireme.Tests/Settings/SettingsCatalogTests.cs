using System.Reflection;
using System.Text.Json.Nodes;
using Trireme.ApiServer.Hosting;
using Trireme.Fleet.Replicas;
using Trireme.Gateway;
using Trireme.Operator;
using Trireme.Settings;
using Trireme.Telemetry;

namespace Trireme.Tests.Settings;

public sealed class SettingsCatalogTests
{
    public static TheoryData<string> Keys => new(SettingsCatalog.All.Select(setting => setting.Key));

    public static TheoryData<Type, string> Records => new()
    {
        { typeof(GatewayOptions), "gateway" },
        { typeof(ApiServerLimits), "apiServer" },
        { typeof(TelemetryOptions), "telemetry" },
        { typeof(ReplicaTimings), "operator.replicas" },
        { typeof(ArtifactOptions), "artifacts" },
        { typeof(ListenerLimits), "apiServer.listener" },
        { typeof(TlsSettings), "gateway.tls" },
        { typeof(LogSettings), "log" },
        { typeof(LogFileSettings), "log.file" },
    };

    [Theory]
    [MemberData(nameof(Records))]
    public void Every_value_of_a_part_can_be_set(Type record, string section)
    {
        foreach (PropertyInfo property in record.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.SetMethod is null) continue;
            string key = $"{section}.{char.ToLowerInvariant(property.Name[0])}{property.Name[1..]}";
            Assert.True(
                SettingsCatalog.Find(key) is not null || SettingsCatalog.Sections.Contains(key),
                $"{record.Name}.{property.Name} cannot be set; add {key} to the section that holds {section}.");
        }
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void A_default_is_allowed_and_reads_back(string key)
    {
        Setting setting = SettingsCatalog.Find(key)!;
        JsonNode? standard = setting.Read(PlatformSettings.Default);
        if (standard is null)
        {
            Assert.NotNull(setting.Unset);
            return;
        }

        PlatformSettings read = setting.Write(PlatformSettings.Default, Value(key) with { Json = standard })!;
        if (key != "dataDir") Assert.Equal(standard.ToJsonString(), setting.Read(read)!.ToJsonString());
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void A_setting_is_explained_in_a_sentence(string key)
    {
        Setting setting = SettingsCatalog.Find(key)!;
        Assert.EndsWith(".", setting.Description, StringComparison.Ordinal);
        Assert.DoesNotContain("|", setting.Description, StringComparison.Ordinal);
        Assert.NotEqual("", setting.Rule);
        Assert.Null(setting.Write(PlatformSettings.Default, Value(key) with { Json = new JsonObject() }));
        Assert.Null(setting.Write(PlatformSettings.Default, Value(key)));
    }

    [Fact]
    public void Keys_and_variables_are_unique()
    {
        IReadOnlyList<Setting> all = SettingsCatalog.All;
        Assert.Equal(all.Count, all.Select(setting => setting.Key).Distinct().Count());
        Assert.Equal(all.Count, all.Select(setting => setting.Variable).Distinct().Count());
        Assert.DoesNotContain(all, setting => SettingsCatalog.Sections.Contains(setting.Key));
    }

    [Theory]
    [InlineData("dataDir", "TRIREME_DATA_DIR")]
    [InlineData("gateway.connectTimeout", "TRIREME_GATEWAY_CONNECT_TIMEOUT")]
    [InlineData("apiServer.listener.maxBodyBytes", "TRIREME_API_SERVER_LISTENER_MAX_BODY_BYTES")]
    public void A_variable_is_the_key_in_capitals(string key, string variable) =>
        Assert.Equal(variable, SettingsCatalog.Find(key)!.Variable);

    private static SettingValue Value(string key) => new() { Key = key, Origin = "a test", Folder = "/" };
}
