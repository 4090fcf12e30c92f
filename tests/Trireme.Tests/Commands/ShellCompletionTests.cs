using System.CommandLine;
using System.CommandLine.Completions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Trireme.Commands;
using Trireme.Testing;

namespace Trireme.Tests.Commands;

/// <summary>What a shell asks of a line that is still being written, where no platform runs.</summary>
[Collection("commands")]
public sealed class ShellCompletionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Paths => UsageErrorsTests.Paths;

    [Theory]
    [MemberData(nameof(Paths))]
    public void Every_command_completes_its_options_wherever_the_line_ends(string path)
    {
        Command command = UsageErrorsTests.Find(path);
        string data = command.Options.Any(option => option.Name == "--data-dir") ? $" --data-dir {_folder.Path}" : "";
        Assert.Contains("--help", Complete($"{path} "));
        Assert.Contains("--help", Complete($"{path}{data} "));
        Assert.Contains("--help", Complete($"{path}{data} --"));
        foreach (Option option in command.Options)
        {
            foreach (string name in option.Aliases.Append(option.Name))
            {
                Complete($"{path}{data} {name} ");
                Complete($"{path} {name} x ");
                Complete($"{path} x {name} \"\" ");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void No_spelling_of_another_system_stands_among_the_words(string path) =>
        Assert.DoesNotContain(Complete($"{path} "), word => word.StartsWith('/'));

    [Theory]
    [InlineData("get ", "modelservices")]
    [InlineData("describe ", "releases")]
    [InlineData("delete ", "secrets")]
    [InlineData("get ms,rel", "ms,releases")]
    [InlineData("get ms,releases,", "ms,releases,events")]
    public void Kinds_need_no_platform(string line, string expected) => Assert.Contains(expected, Complete(line));

    [Fact]
    public void A_kind_that_is_named_already_is_not_offered_again() =>
        Assert.DoesNotContain("releases,releases", Complete("get releases,"));

    [Fact]
    public void Logs_of_gone_services_are_found_in_the_namespace_that_is_named()
    {
        Write("default", "tiny");
        Write("other", "small");
        Assert.Contains("tiny", Complete($"logs --data-dir {_folder.Path} "));
        string[] others = Complete($"logs --data-dir {_folder.Path} -n other ");
        Assert.Contains("small", others);
        Assert.DoesNotContain("tiny", others);
    }

    [Fact]
    public async Task A_platform_that_is_busy_for_three_seconds_completes_names()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using WebApplication server = builder.Build();
        server.MapFallback(async context =>
        {
            await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System, context.RequestAborted);
            await context.Response.WriteAsJsonAsync(new { items = new[] { new { metadata = new { name = "tiny" } } } });
        });
        await server.StartAsync(TestContext.Current.CancellationToken);
        string config = _folder.File("kubeconfig");
        await File.WriteAllTextAsync(
            config,
            $$$"""
            apiVersion: v1
            kind: Config
            current-context: busy
            contexts: [{name: busy, context: {cluster: busy, user: busy}}]
            clusters: [{name: busy, cluster: {server: "{{{server.Urls.Single()}}}"}}]
            users: [{name: busy, user: {token: t}}]
            """,
            TestContext.Current.CancellationToken);
        Assert.Contains("tiny", await Task.Run(
            () => Complete($"describe --kubeconfig {config} msvc "), TestContext.Current.CancellationToken));
    }

    public void Dispose() => _folder.Dispose();

    private void Write(string @namespace, string service)
    {
        string folder = _folder.File("logs", "replicas", @namespace, service + "-a");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "replica.json"), $$"""{"service":"{{service}}"}""");
        File.WriteAllText(Path.Combine(folder, "00001.log"), "said");
    }

    private static string[] Complete(string line)
    {
        ParseResult parsed = TriremeCommand.Create().Parse("trireme " + line, TriremeCommand.Parsing);
        return [.. parsed.GetCompletions("trireme ".Length + line.Length).Select(item => item.Label)];
    }
}
