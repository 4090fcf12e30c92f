using System.Text;
using CsCheck;
using Trireme.Settings;
using Trireme.Testing;

namespace Trireme.Tests.Settings;

public sealed class SettingsFileTests
{
    [Theory]
    [InlineData("gateway:\n  prot: 1", "t.yaml:2: gateway.prot is not a setting; did you mean gateway.port?")]
    [InlineData("gatway:\n  port: 1", "t.yaml:1: gatway is not a setting; did you mean gateway?")]
    [InlineData("zzzzzzzzzzzzzzzzzz: 1", "t.yaml:1: zzzzzzzzzzzzzzzzzz is not a setting; \"trireme config explain\" lists them")]
    [InlineData("log: 5", "t.yaml:1: log is a section; write its settings indented below it")]
    [InlineData("- 5", "t.yaml: it must hold one document of sections and settings; \"trireme config view -o yaml\" shows one")]
    [InlineData("samples: true\n---\nsamples: false", "t.yaml: it must hold one document of sections and settings")]
    [InlineData("samples: true\nsamples: false", "t.yaml: line 2, column 1: duplicate field \"samples\"")]
    [InlineData(
        "gateway:\n\n  connectTimeout: 2",
        "t.yaml:3: gateway.connectTimeout is 2; it must be a duration from 1ms to 24h; write it like 30s, 1m30s or 250ms")]
    [InlineData("gateway: {connectTimeout: 25h}", "t.yaml:1: gateway.connectTimeout is \"25h\"; it must be a duration from 1ms to 24h")]
    [InlineData(
        "gateway: {port: \"80\"}",
        "t.yaml:1: gateway.port is \"80\"; it must be a whole number from 0 to 65535; write it like 8080")]
    [InlineData("gateway: {port: 65536}", "t.yaml:1: gateway.port is 65536; it must be a whole number from 0 to 65535")]
    [InlineData("gateway: {port: 80.5}", "t.yaml:1: gateway.port is 80.5; it must be")]
    [InlineData("gateway: {port: }", "t.yaml:1: gateway.port is empty; it must be")]
    [InlineData("gateway: {port: {a: 1}}", "t.yaml:1: gateway.port is a section; it must be")]
    [InlineData("gateway: {host: example.com}", "t.yaml:1: gateway.host is \"example.com\"; it must be an IP address or localhost")]
    [InlineData("gateway: {maxRequestBytes: 16MB}", "t.yaml:1: gateway.maxRequestBytes is \"16MB\"; it must be an amount of memory")]
    [InlineData("gateway: {retryBudgetRatio: 1.5}", "t.yaml:1: gateway.retryBudgetRatio is 1.5; it must be a number from 0 to 1")]
    [InlineData("samples: 1", "t.yaml:1: samples is 1; it must be true or false; write it like true")]
    [InlineData("modelRoots: /srv", "t.yaml:1: modelRoots is \"/srv\"; it must be a list of folders")]
    [InlineData("modelRoots: [1]", "t.yaml:1: modelRoots is [1]; it must be a list of folders")]
    [InlineData("log: {level: warn}", "t.yaml:1: log.level is \"warn\"; it must be one of trace, debug, information, warning, error")]
    [InlineData(
        "gateway: {tls: {certificateFile: a.pem}}", "gateway.tls.keyFile is missing; set it, or leave both files of gateway.tls out")]
    [InlineData("gateway: {port: 8443}", "gateway.port and apiServer.port are both 8443; give each a port of its own")]
    [InlineData("gateway: {port: 8442}", "apiServer.port and dashboard.port are both 8443; give each a port of its own")]
    [InlineData("gateway: {port: 65535}", "dashboard.port would be 65536, the gateway's plus one; set it")]
    [InlineData("operator: {replicas: {restart: {first: 2m}}}", "operator.replicas.restart.first is longer than")]
    public void What_is_wrong_is_said_with_its_place_and_what_to_write(string text, string problem) =>
        Assert.StartsWith(problem, Assert.Single(Load(text).Problems), StringComparison.Ordinal);

    [Fact]
    public void All_that_is_wrong_is_said_at_once() =>
        Assert.Equal(3, Load("gateway: {port: x, prot: 1}\nlog: {level: loud}").Problems.Count);

    [Theory]
    [InlineData("")]
    [InlineData("# nothing")]
    [InlineData("gateway:\n  # port: 1\nlog:\n")]
    public void A_file_may_say_nothing(string text) => Assert.Equal((0, 0), (Load(text).Problems.Count, Load(text).SetCount));

    [Fact]
    public void Values_reach_the_tree_with_their_lines()
    {
        LoadedSettings loaded = Load(
            """
            dataDir: state
            modelRoots: [models, /srv/models]
            gateway:
              connectTimeout: 1m30s
              maxRequestBytes: 2000000
              tls: {certificateFile: ~/a.pem, keyFile: ../a.key}
            dashboard: {port: 0}
            log: {file: {format: text}}
            """);
        PlatformSettings values = loaded.Checked().Values;
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        Assert.Equal("/etc/trireme/state", values.DataDir);
        Assert.Equal(["/etc/trireme/models", "/srv/models"], values.ModelRoots);
        Assert.Equal(TimeSpan.FromSeconds(90), values.Gateway.Limits.ConnectTimeout);
        Assert.Equal(2_000_000, values.Gateway.Limits.MaxRequestBytes);
        Assert.Equal(new TlsSettings { CertificateFile = home + "/a.pem", KeyFile = "/etc/a.key" }, values.Gateway.Tls);
        Assert.Equal(0, values.Dashboard.Port);
        Assert.Equal(LogFormat.Text, values.Log.File.Format);
        Assert.Equal("t.yaml:4", loaded.OriginOf(SettingsCatalog.Find("gateway.connectTimeout")!));
        Assert.Equal("default", loaded.OriginOf(SettingsCatalog.Find("gateway.port")!));
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_named()
    {
        CommandException exception = Assert.Throws<CommandException>(() => SettingsFile.Read("/nowhere/t.yaml"));
        Assert.StartsWith("/nowhere/t.yaml: no such file or folder", exception.Message, StringComparison.Ordinal);
        Assert.Equal(ExitCode.NotFound, exception.ExitCode);
    }

    [Theory]
    [InlineData("dataDir: /tmp/a\u00ff", "t.yaml: line 1: it is not UTF-8 text; save the file as UTF-8")]
    [InlineData("samples: true\ndataDir: \u00c3", "t.yaml: line 2: it is not UTF-8 text")]
    [InlineData("\u00ff\u00fes\0", "t.yaml: line 1: it is not UTF-8 text")]
    public void A_file_that_is_not_text_is_refused_with_the_line(string bytes, string problem)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("t.yaml"), Encoding.Latin1.GetBytes(bytes));
        Assert.StartsWith(problem, Assert.Single(SettingsFile.Read(folder.File("t.yaml")).Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void A_byte_order_mark_is_no_part_of_the_text()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("t.yaml"), "samples: true\n", Encoding.UTF8);
        (IReadOnlyList<SettingValue> values, IReadOnlyList<string> problems) = SettingsFile.Read(folder.File("t.yaml"));
        Assert.Equal(("samples", 0), (Assert.Single(values).Key, problems.Count));
    }

    [Fact]
    public void A_folder_is_called_one()
    {
        using var folder = new TemporaryFolder();
        CommandException exception = Assert.Throws<CommandException>(() => SettingsFile.Read(folder.Path));
        Assert.Equal($"{folder.Path} is a folder, not a file", exception.Message);
    }

    [Fact]
    public void A_file_is_read_to_the_bound()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("long.yaml");
        using (FileStream file = File.Create(path)) file.SetLength((1 << 20) + 1);
        CommandException exception = Assert.Throws<CommandException>(() => SettingsFile.Read(path));
        Assert.Equal($"{path} cannot be read: it is larger than 1Mi", exception.Message);
    }

    [Fact]
    public void A_device_is_refused_before_it_is_read()
    {
        CommandException exception = Assert.Throws<CommandException>(() => SettingsFile.Read("/dev/zero"));
        Assert.Equal(
            "/dev/zero is a device and not a file; name a file instead", exception.Message);
    }

    /// <summary>Whatever stands in a file, it is read or refused.</summary>
    [Fact]
    public void No_text_brings_the_reader_down()
    {
        string whole = File.ReadAllText(Repository.PathOf("samples", "settings", "server.yaml"));
        Gen<char> character = Gen.Char[" \n:{}[],-#&*!|>'\"%@`~0aé\0\t"];
        Gen.Select(Gen.Int[0, whole.Length], Gen.Int[0, 40], character.Array[0, 12]).Sample(
            (start, length, inserted) =>
            {
                var text = new StringBuilder(whole);
                text.Remove(start, Math.Min(length, whole.Length - start)).Insert(start, inserted);
                LoadedSettings loaded = Load(text.ToString());
                Assert.All(loaded.Problems, problem => Assert.NotEqual("", problem));
            },
            iter: 3000);
    }

    private static LoadedSettings Load(string text)
    {
        (IReadOnlyList<SettingValue> values, IReadOnlyList<string> problems) = SettingsFile.Parse("t.yaml", text, "/etc/trireme");
        return LoadedSettings.Combine(values, problems);
    }
}
