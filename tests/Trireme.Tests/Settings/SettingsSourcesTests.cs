using System.CommandLine;
using Microsoft.Extensions.Logging;
using Trireme.Settings;
using Trireme.Testing;

namespace Trireme.Tests.Settings;

public sealed class SettingsSourcesTests
{
    [Theory]
    [InlineData(false, false, false, 10, "default")]
    [InlineData(true, false, false, 1, "t.yaml:2")]
    [InlineData(false, true, false, 2, "TRIREME_GATEWAY_READY_WAIT")]
    [InlineData(true, true, false, 2, "TRIREME_GATEWAY_READY_WAIT")]
    [InlineData(false, false, true, 3, "--set gateway.readyWait")]
    [InlineData(true, false, true, 3, "--set gateway.readyWait")]
    [InlineData(false, true, true, 3, "--set gateway.readyWait")]
    [InlineData(true, true, true, 3, "--set gateway.readyWait")]
    public void The_command_line_is_over_the_environment_over_the_file(bool file, bool environment, bool line, int seconds, string origin)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("t.yaml");
        File.WriteAllText(path, "gateway:\n  readyWait: 1s\n");
        var sources = new SettingsSources
        {
            File = file ? path : null,
            Environment = environment ? Variables("TRIREME_GATEWAY_READY_WAIT", "2s") : Variables("PATH", "/bin"),
            CommandLine = line ? [Flag("gateway.readyWait", "3s")] : [],
            WorkingFolder = "/",
        };
        LoadedSettings loaded = sources.Load().Checked();
        Assert.Equal(TimeSpan.FromSeconds(seconds), loaded.Values.Gateway.Limits.ReadyWait);
        Assert.Equal(origin, loaded.OriginOf(SettingsCatalog.Find("gateway.readyWait")!));
    }

    [Theory]
    [InlineData("TRIREME_GATEWAY_PROT", "1", "TRIREME_GATEWAY_PROT is not the variable of a setting; did you mean TRIREME_GATEWAY_PORT?")]
    [InlineData("TRIREME_LOG", "3", "TRIREME_LOG is not the variable of a setting but names a section; \"trireme config explain log\"")]
    [InlineData("TRIREME_API_SERVER_LISTENER", "3", "TRIREME_API_SERVER_LISTENER is not the variable of a setting but names a section; \"")]
    [InlineData("TRIREME_LOG_LEVEL", "loud", "TRIREME_LOG_LEVEL: log.level is \"loud\"; it must be one of trace, debug")]
    [InlineData("TRIREME_GATEWAY_PORT", "tcp://10.0.0.1", "TRIREME_GATEWAY_PORT: gateway.port is \"tcp://10.0.0.1\"; it must be a whole")]
    [InlineData("TRIREME_SAMPLES", "yes", "TRIREME_SAMPLES: samples is \"yes\"; it must be true or false")]
    public void A_variable_that_is_wrong_is_refused(string name, string value, string problem) =>
        Assert.StartsWith(
            problem,
            Assert.Single(new SettingsSources { Environment = Variables(name, value), WorkingFolder = "/" }.Load().Problems),
            StringComparison.Ordinal);

    [Theory]
    [InlineData("TRIREME_API_KEY", "secret")]
    [InlineData("TRIREME_HOME", "/opt/trireme")]
    [InlineData("TRIREME_LOGS", "/var/log")]
    [InlineData("TRIREME_GATEWAY_SERVICE_HOST", "10.0.0.1")]
    [InlineData("TRIREME_GATEWAY_PORT_8080_TCP_ADDR", "10.0.0.1")]
    [InlineData("TRIREME_GATEWAY_PORT", "")]
    [InlineData("GATEWAY_PROT", "1")]
    public void A_variable_of_another_kind_is_left_alone(string name, string value)
    {
        LoadedSettings loaded = new SettingsSources { Environment = Variables(name, value), WorkingFolder = "/" }.Load();
        Assert.Empty(loaded.Problems);
        Assert.Equal(0, loaded.SetCount);
    }

    [Fact]
    public void Folders_in_a_variable_are_separated_as_in_path()
    {
        var sources = new SettingsSources { Environment = Variables("TRIREME_MODEL_ROOTS", "a:/b:~/c"), WorkingFolder = "/srv" };
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        Assert.Equal(["/srv/a", "/b", home + "/c"], sources.Load().Checked().Values.ModelRoots);
    }

    [Theory]
    [InlineData("--port abc", "--port: gateway.port is \"abc\"; it must be a whole number from 0 to 65535; write it like 8080")]
    [InlineData("--api-port 70000", "--api-port: apiServer.port is \"70000\"; it must be")]
    [InlineData("--log-level loud", "--log-level: log.level is \"loud\"; it must be one of")]
    [InlineData("--set gatewy.port=1", "--set: gatewy.port is not a setting; did you mean gateway.port?")]
    [InlineData("--set gateway.port=x", "--set: gateway.port is \"x\"; it must be a whole number")]
    [InlineData("--set gateway.port", "--set: \"gateway.port\" is not KEY=VALUE; write it like --set log.level=debug")]
    public void An_option_that_is_wrong_is_refused_before_anything_runs(string line, string message) =>
        Assert.StartsWith(message, Assert.Single(Parse(line, out _).Errors).Message, StringComparison.Ordinal);

    [Fact]
    public void Options_reach_the_tree()
    {
        ParseResult parsed = Parse(
            "--host 0.0.0.0 --port 0 --no-samples --model-root /a --model-root /b --log-level debug "
            + "--set gateway.port=1 --set log.format=json",
            out SettingsOptions options);
        LoadedSettings loaded = options.Load(parsed);
        PlatformSettings values = loaded.Checked().Values;
        Assert.Equal(("0.0.0.0", 0, false), (values.Gateway.Host, values.Gateway.Port, values.Samples));
        Assert.Equal(["/a", "/b"], values.ModelRoots);
        Assert.Equal((LogLevel.Debug, LogFormat.Json), (values.Log.Level, values.Log.Format));
        Assert.Equal(0, values.Dashboard.PortBeside(values.Gateway.Port));
        Assert.Equal("--port", loaded.OriginOf(SettingsCatalog.Find("gateway.port")!));
        Assert.Equal("--model-root", loaded.OriginOf(SettingsCatalog.Find("modelRoots")!));
    }

    [Fact]
    public void The_dashboard_is_beside_the_gateway_unless_it_has_a_port()
    {
        Assert.Equal(8081, new DashboardSettings().PortBeside(8080));
        Assert.Equal(0, new DashboardSettings().PortBeside(0));
        Assert.Equal(9, new DashboardSettings { Port = 9 }.PortBeside(8080));
    }

    private static ParseResult Parse(string line, out SettingsOptions options)
    {
        options = new SettingsOptions();
        var command = new Command("up");
        options.AddTo(command);
        return command.Parse(line);
    }

    private static Dictionary<string, string> Variables(string name, string value) => new() { [name] = value };

    private static SettingValue Flag(string key, string text) => new() { Key = key, Text = text, Origin = $"--set {key}", Folder = "/" };
}
