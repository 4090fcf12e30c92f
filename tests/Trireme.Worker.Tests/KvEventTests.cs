using System.Net;
using System.Text.Json;
using Trireme.Contracts.OpenAi;

namespace Trireme.Worker.Tests;

public sealed class KvEventTests(SharedWorker shared)
{
    private const int BlockSize = 16;

    [Fact]
    public async Task A_follower_learns_which_blocks_are_stored_and_when_all_are_gone()
    {
        await using RunningWorker worker = await RunningWorker.StartAsync(options => options with { KvEvents = true });
        JsonElement start = (await worker.GetAsync("/kv_events")).Json;
        Assert.False(start.GetProperty("gap").GetBoolean());
        Assert.Equal(0, start.GetProperty("next").GetInt64());

        int[] prompt = [.. Enumerable.Range(100, 40)];
        Task<Reply> news = worker.GetAsync("/kv_events?from=0&wait=20");
        var request = new CompletionRequest { Prompt = CompletionPrompt.FromTokens(prompt), MaxTokens = 1, CacheSalt = "secret" };
        await worker.PostAsync("/v1/completions", request);
        JsonElement page = (await news).Json;
        JsonElement[] stored = [.. page.GetProperty("events").EnumerateArray()];
        Assert.Equal(2, stored.Length);
        Assert.All(stored, entry => Assert.Equal("BlockStored", entry.GetProperty("type").GetString()));
        Assert.Equal(JsonValueKind.Null, stored[0].GetProperty("parent_block_hash").ValueKind);
        Assert.Equal(stored[0].GetProperty("block_hashes")[0].GetString(), stored[1].GetProperty("parent_block_hash").GetString());
        int[] second = [.. stored[1].GetProperty("token_ids").EnumerateArray().Select(token => token.GetInt32())];
        Assert.Equal(prompt[BlockSize..(2 * BlockSize)], second);
        Assert.DoesNotContain("secret", page.GetRawText(), StringComparison.Ordinal);

        await worker.PostAsync("/sleep", "{}");
        JsonElement last = (await worker.GetAsync($"/kv_events?from={page.GetProperty("next").GetInt64()}")).Json;
        Assert.Equal("AllBlocksCleared", Assert.Single(last.GetProperty("events").EnumerateArray()).GetProperty("type").GetString());
        Assert.Equal(start.GetProperty("stream").GetString(), last.GetProperty("stream").GetString());
    }

    [Fact]
    public async Task A_follower_of_another_engine_is_told_to_start_over()
    {
        await using RunningWorker worker = await RunningWorker.StartAsync(options => options with { KvEvents = true });
        JsonElement page = (await worker.GetAsync("/kv_events?from=1000&wait=20")).Json;
        Assert.True(page.GetProperty("gap").GetBoolean());
        Assert.Equal(0, page.GetProperty("next").GetInt64());
    }

    [Fact]
    public async Task Who_only_listens_does_not_hold_up_the_end()
    {
        await using RunningWorker worker = await RunningWorker.StartAsync(options => options with { KvEvents = true });
        Task<Reply> news = worker.GetAsync("/kv_events?wait=30");
        worker.Stop();
        Assert.Equal(WorkerExitCode.Drained, await worker.Exit.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
        await Task.WhenAny(news);
    }

    [Theory]
    [InlineData("?from=-1", "from")]
    [InlineData("?from=x", "from")]
    [InlineData("?limit=0", "limit")]
    [InlineData("?wait=31", "wait")]
    public async Task A_number_out_of_range_is_refused(string query, string field)
    {
        await using RunningWorker worker = await RunningWorker.StartAsync(options => options with { KvEvents = true });
        Reply reply = await worker.GetAsync("/kv_events" + query);
        Assert.Equal(HttpStatusCode.BadRequest, reply.Status);
        Assert.Equal(field, reply.Error.GetProperty("param").GetString());
    }

    [Fact]
    public async Task A_worker_keeps_no_events_unless_it_was_told_to()
    {
        Reply reply = await shared.Worker.GetAsync("/kv_events");
        Assert.Equal(HttpStatusCode.NotFound, reply.Status);
        Assert.Contains("--kv-events", reply.Error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }
}
