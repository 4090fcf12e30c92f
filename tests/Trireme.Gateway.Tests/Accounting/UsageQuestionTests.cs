using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Trireme.Contracts.Usage;
using Trireme.Gateway.Accounting;
using Trireme.Gateway.Tests.Harness;

namespace Trireme.Gateway.Tests.Accounting;

public sealed class UsageQuestionTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 15, 12, 30, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("", "tenant,model", "2026-03-14T12:00:00Z", "2026-03-15T13:00:00Z")]
    [InlineData("by=key,day,key&since=7d", "key,day", "2026-03-08T12:00:00Z", "2026-03-15T13:00:00Z")]
    [InlineData("by=&since=90m&until=30m", "", "2026-03-15T11:00:00Z", "2026-03-15T12:00:00Z")]
    [InlineData("since=2026-01-31&until=2026-02-01", "tenant,model", "2026-01-31T00:00:00Z", "2026-02-01T00:00:00Z")]
    [InlineData("since=2026-01-31T12:10:00%2B02:00", "tenant,model", "2026-01-31T10:00:00Z", "2026-03-15T13:00:00Z")]
    public void Reads_what_is_asked_in_whole_hours(string query, string by, string from, string until)
    {
        Assert.Null(Read(query, out UsageQuestion? question));
        Assert.Equal((by, Time(from), Time(until)), (string.Join(',', question!.By), question.From, question.Until));
    }

    [Theory]
    [InlineData("by=modle", "by: \"modle\" is nothing that usage is told apart by; \"model\" is. There are tenant, key, ")]
    [InlineData("since=yesterday", "since: \"yesterday\" is no time; write an age like 7d, ")]
    [InlineData("since=-1d", "since: \"-1d\" is no time")]
    [InlineData("since=99999999d", "since: \"99999999d\" is no time")]
    [InlineData("until=12:30", "until: \"12:30\" is no time")]
    [InlineData("since=1h&until=2h", "since: it is not before until")]
    public void Says_what_is_wrong(string query, string expected)
    {
        string? problem = Read(query, out UsageQuestion? question);
        Assert.Null(question);
        Assert.StartsWith(expected, problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_is_answered_for_itself_whatever_it_asks_for()
    {
        var ledger = new OneAnswer();
        await using GatewayFixture gateway = await GatewayFixture.StartAsync(configure: builder =>
            builder.Services.AddSingleton<IUsageLedger>(ledger));
        using HttpResponseMessage answer = await GetAsync(gateway, "/v1/usage?by=hour&namespace=team-b&key=other");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(("team-a", gateway.Key.Split('_')[1]), (ledger.Asked!.Namespace, ledger.Asked.Key));
        Assert.Equal(["hour"], ledger.Asked.By);
        using HttpResponseMessage wrong = await GetAsync(gateway, "/v1/usage?by=modle");
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        ledger.IsBroken = true;
        using HttpResponseMessage broken = await GetAsync(gateway, "/v1/usage");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, broken.StatusCode);
        JsonElement error = await GatewayFixture.ErrorAsync(broken);
        Assert.DoesNotContain("/secret/path", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_ledger_the_answer_says_how_to_have_one()
    {
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        using HttpResponseMessage answer = await GetAsync(gateway, "/v1/usage");
        Assert.Equal(HttpStatusCode.NotImplemented, answer.StatusCode);
        JsonElement error = await GatewayFixture.ErrorAsync(answer);
        Assert.Contains("gateway.usage.enabled", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);

    private static Task<HttpResponseMessage> GetAsync(GatewayFixture gateway, string address) =>
        gateway.Client.GetAsync(new Uri(address, UriKind.Relative), TestContext.Current.CancellationToken);

    private static string? Read(string query, out UsageQuestion? question)
    {
        var parameters = query.Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(static pair => pair.Split('='))
            .ToDictionary(static pair => pair[0], static pair => Uri.UnescapeDataString(pair[1]));
        return UsageQuestion.TryRead(name => parameters.GetValueOrDefault(name), Now, out question);
    }

    private sealed class OneAnswer : IUsageLedger
    {
        public bool IsKept => true;

        public bool IsBroken { get; set; }

        public UsageQuestion? Asked { get; private set; }

        public IUsageEntry? Begin(in UsageSubject subject) => null;

        public Task<UsageReport> ReadAsync(UsageQuestion question, CancellationToken cancellationToken)
        {
            if (IsBroken) throw new IOException("/secret/path cannot be read");
            Asked = question;
            return Task.FromResult(new UsageReport
            {
                From = question.From,
                Until = question.Until,
                By = question.By,
                Items = [],
                Total = new UsageSum
                {
                    Requests = 0, Attempts = 0, PromptTokens = 0, CachedPromptTokens = 0, OutputTokens = 0, Cost = 0, ReplicaSeconds = 0,
                    ReplicaCost = 0,
                },
            });
        }
    }
}
