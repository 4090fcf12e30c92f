using System.Text.Json.Nodes;
using Trireme.ApiServer.Pods;
using Trireme.ApiServer.Tests.Serving;
using Trireme.Testing;
using static Trireme.ApiServer.Tests.Pods.PodServer;

namespace Trireme.ApiServer.Tests.Pods;

/// <summary>GET pods/log: which lines, in what form, how they are followed, and what is refused.</summary>
public sealed class PodLogTests(PodServer server) : IClassFixture<PodServer>
{
    private Api Api => server.Api;

    private ScriptedLogs Logs => server.Logs;

    [Fact]
    public async Task A_log_is_plain_text()
    {
        string path = await PodAsync("text");
        Logs.Write("text", "one", "tw\u00f6");
        using HttpResponseMessage response = await Api.Http.GetAsync(path, TestContext.Current.CancellationToken);
        Assert.Equal("text/plain", response.Content.Headers.ContentType!.ToString());
        Assert.Equal("one\ntw\u00f6\n", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        PodLogRequest asked = Assert.Single(Logs.Asked, request => request.Name == "text");
        Assert.Equal((false, false, null, null), (asked.Previous, asked.Follow, asked.Since, asked.Tail));
    }

    [Fact]
    public async Task What_is_asked_for_reaches_the_reader()
    {
        string path = await PodAsync("asked");
        Logs.Write("asked-previous", "old");
        await TextAsync(
            path + "?container=engine&previous=true&follow=1&tailLines=7&sinceTime=2026-01-02T03:04:05Z&pretty=true",
            end: "asked-previous");
        PodLogRequest asked = Assert.Single(Logs.Asked, request => request.Name == "asked");
        Assert.Equal(
            (true, true, new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), 7),
            (asked.Previous, asked.Follow, asked.Since, asked.Tail));
        DateTimeOffset before = TimeProvider.System.GetUtcNow();
        Logs.Write("asked", "new");
        await TextAsync(path + "?sinceSeconds=60&tailLines=0");
        PodLogRequest again = Logs.Asked.Last(request => request.Name == "asked");
        Assert.Equal(0, again.Tail);
        Assert.InRange(again.Since!.Value, before.AddSeconds(-60), TimeProvider.System.GetUtcNow().AddSeconds(-60));
        await TextAsync(path + "?sinceSeconds=9223372036854775807");
        Assert.Equal(DateTimeOffset.UnixEpoch, Logs.Asked.Last(request => request.Name == "asked").Since);
    }

    [Fact]
    public async Task Lines_carry_their_times_where_they_are_wanted()
    {
        string path = await PodAsync("times");
        Logs.Write("times", "one");
        Assert.True(Logs["times"].TryWrite(new PodLogLine(null, "two")));
        Assert.Equal("2026-01-02T03:04:00.500000000Z one\ntwo\n", await TextAsync(path + "?timestamps=true"));
    }

    [Theory]
    [InlineData(1, "o")]
    [InlineData(4, "one\n")]
    [InlineData(6, "one\ntw")]
    [InlineData(100, "one\ntwo\n")]
    public async Task An_answer_ends_where_its_limit_does(int bytes, string text)
    {
        string path = await PodAsync($"limit-{bytes}");
        Logs.Write($"limit-{bytes}", "one", "two");
        Assert.Equal(text, await TextAsync($"{path}?limitBytes={bytes}"));
    }

    [Fact]
    public async Task A_followed_log_comes_line_by_line_and_ends_with_the_process()
    {
        string path = await PodAsync("followed");
        Logs.Write("followed", "one");
        using HttpResponseMessage response = await FollowAsync(path);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        Assert.Equal("one", await reader.ReadLineAsync(TestContext.Current.CancellationToken));
        Logs.Write("followed", "two");
        Assert.Equal("two", await reader.ReadLineAsync(TestContext.Current.CancellationToken));
        Logs["followed"].Complete();
        Assert.Null(await reader.ReadLineAsync(TestContext.Current.CancellationToken));
        await OpenAsync(0);
    }

    [Fact]
    public async Task Reading_ends_when_the_client_goes_and_one_log_too_many_is_told_to_wait()
    {
        string path = await PodAsync("left");
        Logs.Write("left", "one");
        using (HttpResponseMessage first = await FollowAsync(path))
        {
            Logs.Write("left", "two");
            using HttpResponseMessage second = await FollowAsync(path);
            await OpenAsync(2);
            (int code, string text, var headers) = await Api.SendTextAsync(HttpMethod.Get, path, null);
            Assert.Equal((429, "1"), (code, headers.RetryAfter?.ToString()));
            Assert.Contains("2 open logs", text, StringComparison.Ordinal);
        }

        await OpenAsync(0);
        Logs["left"].Complete();
        await TextAsync(path);
    }

    public static TheoryData<string, int, string> Refusals => new()
    {
        { "container=other", 400, "container other is not valid for pod NAME" },
        { "previous=true", 400, "previous terminated container \"engine\" in pod \"NAME\" not found" },
        { "tailLines=-1", 422, "PodLogOptions \"\" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0" },
        { "sinceSeconds=0", 422, "PodLogOptions \"\" is invalid: sinceSeconds: Invalid value: 0: must be greater than 0" },
        { "limitBytes=0", 422, "PodLogOptions \"\" is invalid: limitBytes: Invalid value: 0: must be greater than 0" },
        {
            "sinceSeconds=1&sinceTime=2026-01-02T03:04:05Z", 422,
            "PodLogOptions \"\" is invalid: sinceTime: Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified"
        },
        { "stream=Stderr", 422, "PodLogOptions \"\" is invalid: stream: Unsupported value: \"Stderr\": supported values: \"All\"" },
        { "tailLines=many", 400, "query parameter tailLines=\"many\" must be a whole number" },
        { "sinceTime=yesterday", 400, "query parameter sinceTime=\"yesterday\" must be a time such as 2026-01-31T12:00:00Z" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task What_cannot_be_read_is_refused_in_kubernetes_words(string query, int code, string message)
    {
        string path = await PodAsync("refused");
        Logs.Write("refused", "one");
        JsonObject status = await Api.GetAsync($"{path}?{query}", expect: code);
        Assert.Equal(message.Replace("NAME", "refused", StringComparison.Ordinal), status.Message());
    }

    [Fact]
    public async Task A_pod_that_waits_has_no_log_and_says_for_what()
    {
        string ns = await server.NewNamespaceAsync();
        await server.CreateAsync(ns, "waits", Statuses.NotUsable);
        Assert.Equal(
            "container \"engine\" in pod \"waits\" is waiting to start: ReleaseNotUsable",
            (await Api.GetAsync(PathOf(ns, "waits") + "/log", expect: 400)).Message());
        Assert.Equal("pods \"none\" not found", (await Api.GetAsync(PathOf(ns, "none") + "/log", expect: 404)).Message());
        await Api.SendAsync(HttpMethod.Post, PathOf(ns, "waits") + "/log", null, expect: 405);
    }

    private async Task<string> PodAsync(string name)
    {
        string ns = await server.NewNamespaceAsync();
        await server.CreateAsync(ns, name, Statuses.Ready);
        return PathOf(ns, name) + "/log";
    }

    private async Task<string> TextAsync(string path, string? end = null)
    {
        if (end is not null) Logs[end].Complete();
        (int code, string text, _) = await Api.SendTextAsync(HttpMethod.Get, path, null);
        Assert.True(code == 200, text);
        return text;
    }

    private Task<HttpResponseMessage> FollowAsync(string path) => Api.Http.GetAsync(
        path + "?follow=true", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);

    private Task OpenAsync(int count) => Eventually.True(
        $"{count} logs are read",
        TimeSpan.FromSeconds(10),
        () => Task.FromResult(Logs.Open == count),
        TestContext.Current.CancellationToken);
}
