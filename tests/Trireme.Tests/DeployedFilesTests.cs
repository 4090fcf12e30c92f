using System.Text.RegularExpressions;
using Trireme.Contracts.Http;
using Trireme.Hosting.Listening;
using Trireme.Settings;
using Trireme.Testing;

namespace Trireme.Tests;

/// <summary>What deploy has for other programs is what those programs accept, and speaks of things that exist.</summary>
public sealed partial class DeployedFilesTests
{
    private static readonly string Alerts = Repository.PathOf("deploy", "monitoring", "alerts.yaml");

    public static TheoryData<string> MetricNames =>
    [
        .. Name().Matches(File.ReadAllText(Alerts) + File.ReadAllText(Repository.PathOf("docs", "monitoring.md")))
            .Select(match => match.Value.Replace("_bucket", "", StringComparison.Ordinal)).Distinct(),
    ];

    [Fact]
    public async Task Prometheus_accepts_the_alerts()
    {
        Assert.SkipUnless(CommandResult.Exists("promtool"), "promtool is not installed here; eng/test installs it.");
        CommandResult result = await CommandResult.RunAsync("promtool", ["check", "rules", Alerts]);
        Assert.True(result.ExitCode == 0, result.Output + result.Error);
    }

    [Theory]
    [InlineData("trireme.service")]
    [InlineData("trireme-gateway.service")]
    public async Task Systemd_accepts_the_unit(string name)
    {
        Assert.SkipUnless(CommandResult.Exists("systemd-analyze"), "systemd is not installed here.");
        using var folder = new TemporaryFolder();
        string unit = await File.ReadAllTextAsync(
            Repository.PathOf("deploy", "systemd", name), TestContext.Current.CancellationToken);

        // The program need not be installed where the test runs.
        await File.WriteAllTextAsync(
            folder.File(name), Program().Replace(unit, "ExecStart=/bin/true"), TestContext.Current.CancellationToken);
        CommandResult result = await CommandResult.RunAsync("systemd-analyze", ["verify", "--man=no", folder.File(name)]);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.DoesNotContain($"{name}:", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_gateway_answers_to_the_name_that_the_proxy_is_called_by()
    {
        // What nginx sends for these lines: the name the client called, and the page's origin as it came.
        string site = File.ReadAllText(Repository.PathOf("deploy", "nginx", "trireme.conf"));
        string name = ServerName().Match(site).Groups[1].Value;
        Assert.Contains("proxy_set_header Host $http_host;", site, StringComparison.Ordinal);
        var sources = new SettingsSources { File = Repository.PathOf("samples", "settings", "server.yaml"), WorkingFolder = "/" };
        PlatformSettings settings = sources.Load().Checked().Values;
        CallerRules rules = PlatformListeners.CallersOf(settings.Gateway);
        Assert.Null(rules.Judge(Facts(name, "")));
        Assert.Null(rules.Judge(Facts(name, $"https://{name}")));
        Assert.Equal(421, rules.Judge(Facts("other.example", ""))!.Status);
        Assert.Equal(403, rules.Judge(Facts(name, "https://other.example"))!.Status);

        static CallerFacts Facts(string host, string origin) =>
            new() { Host = host, Origin = origin, FetchSite = "", IsNavigation = false };
    }

    [Theory]
    [MemberData(nameof(MetricNames))]
    public void A_metric_that_is_told_of_exists(string name) =>
        Assert.Contains(
            Directory.EnumerateFiles(Repository.PathOf("src"), "*.cs", SearchOption.AllDirectories),
            file => File.ReadAllText(file).Contains($"\"{name}\"", StringComparison.Ordinal));

    [Fact]
    public void The_page_of_every_guide_is_in_the_index()
    {
        string index = File.ReadAllText(Repository.PathOf("README.md"));
        foreach (string page in Directory.EnumerateFiles(Repository.PathOf("docs"), "*.md"))
        {
            Assert.Contains($"docs/{Path.GetFileName(page)}", index, StringComparison.Ordinal);
        }
    }

    [GeneratedRegex("(trireme_[a-z_]+[a-z]|vllm:[a-z_]+[a-z])")]
    private static partial Regex Name();

    [GeneratedRegex(@"server_name (\S+);")]
    private static partial Regex ServerName();

    [GeneratedRegex(@"^ExecStart=\S+", RegexOptions.Multiline)]
    private static partial Regex Program();
}
