using System.Text;
using Microsoft.AspNetCore.Http;
using Trireme.Contracts.Resources;
using Trireme.Operator.Artifacts;

namespace Trireme.Operator.Tests.Artifacts;

public sealed class HubFetchTests : IAsyncLifetime
{
    private const string Address = "hf://org/tiny@main";
    private const string Config = """{"model_type":"tiny"}""";

    private static readonly byte[] Weights = HubServer.Weights(3 << 20);

    private HubServer _hub = null!;
    private FetchBench _bench = null!;

    public async ValueTask InitializeAsync()
    {
        _hub = await HubServer.StartAsync();
        _hub.Add("config.json", Config);
        _hub.Add("tokenizer/vocab.txt", "a\nb\n");
        _hub.Add(".gitattributes", "x");
        _hub.Add("pytorch_model.bin", HubServer.Weights(100), isLarge: true);
        _hub.Add("model.safetensors", Weights, isLarge: true);
        _bench = new FetchBench(Options());
    }

    public async ValueTask DisposeAsync()
    {
        _bench.Dispose();
        await _hub.DisposeAsync();
    }

    [Fact]
    public async Task A_model_comes_as_a_folder_of_links_to_blobs_named_by_their_digests()
    {
        string folder = await _bench.FetchedAsync(Address);
        Assert.Equal(["config.json", "model.safetensors", "tokenizer/vocab.txt"], FetchBench.Below(folder));
        Assert.Equal(Weights, await File.ReadAllBytesAsync(Path.Combine(folder, "model.safetensors"), Cancelled));
        Assert.Equal("a\nb\n", await File.ReadAllTextAsync(Path.Combine(folder, "tokenizer", "vocab.txt"), Cancelled));
        foreach (string blob in _bench.Files("blobs"))
        {
            Assert.Equal(blob, HubServer.Sha256(await File.ReadAllBytesAsync(_bench.Store.Layout.Blob(blob), Cancelled)));
        }

        SourceStatus status = _bench.Progress.ToStatus(Address);
        Assert.Equal((HubServer.Commit, 3, 3, FetchPhase.Fetched), (status.Revision, status.Files, status.FetchedFiles, status.Phase));
        Assert.Equal((status.SizeBytes, Weights.Length + Config.Length + 4L), (status.FetchedBytes, status.SizeBytes!.Value));
    }

    [Fact]
    public async Task What_is_here_is_not_asked_for_again()
    {
        string first = await _bench.FetchedAsync(Address);
        int asked = _hub.Requests.Count;
        Assert.Equal(first, (await _bench.FetchAsync(Address, revision: HubServer.Commit)).Path);
        Assert.Equal(asked, _hub.Requests.Count);

        // Another release by the same branch asks what the branch is now, and nothing more.
        Assert.Equal(first, await _bench.FetchedAsync(Address));
        Assert.DoesNotContain(_hub.Requests.Skip(asked), request => request.Path.Contains("/resolve/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_store_holds_the_files_as_the_hubs_own_clients_lay_them_out()
    {
        await _bench.FetchedAsync(Address);
        string entry = Path.Combine(_bench.Store.Layout.Hub, "models--org--tiny");
        Assert.Equal(HubServer.Commit, await File.ReadAllTextAsync(Path.Combine(entry, "refs", "main"), Cancelled));
        string weights = Path.Combine(entry, "snapshots", HubServer.Commit, "model.safetensors");
        Assert.Equal($"../../blobs/{HubServer.Sha256(Weights)}", new FileInfo(weights).LinkTarget);
        Assert.Equal(Weights, await File.ReadAllBytesAsync(weights, Cancelled));
        string vocabulary = Path.Combine(entry, "snapshots", HubServer.Commit, "tokenizer", "vocab.txt");
        Assert.Equal($"../../../blobs/{HubServer.GitSha1("a\nb\n"u8.ToArray())}", new FileInfo(vocabulary).LinkTarget);
        Assert.Equal("a\nb\n", await File.ReadAllTextAsync(vocabulary, Cancelled));
    }

    [Fact]
    public async Task A_cut_download_goes_on_where_it_was_cut()
    {
        _hub.Cuts.Enqueue(1 << 20);
        _hub.Cuts.Enqueue(512 << 10);
        string folder = await _bench.FetchedAsync(Address);
        Assert.Equal(Weights, await File.ReadAllBytesAsync(Path.Combine(folder, "model.safetensors"), Cancelled));
        string?[] ranges = [.. _hub.OfStore.Select(request => request.Range)];
        Assert.Equal(3, ranges.Length);
        Assert.Null(ranges[0]);
        Assert.All(ranges[1..], range => Assert.StartsWith("bytes=", range, StringComparison.Ordinal));

        // What is lost on the way of a cut is fetched again, and nothing else.
        Assert.Equal(Weights.Length + Config.Length + 4L, _bench.Progress.ReceivedBytes);
        Assert.Equal(Weights.Length + Config.Length + 4L, _bench.Progress.ToStatus(Address).FetchedBytes);
    }

    [Fact]
    public async Task A_server_that_ignores_ranges_is_read_from_the_beginning()
    {
        _hub.IgnoresRanges = true;
        _hub.Cuts.Enqueue(1 << 20);
        string folder = await _bench.FetchedAsync(Address);
        Assert.Equal(Weights, await File.ReadAllBytesAsync(Path.Combine(folder, "model.safetensors"), Cancelled));
    }

    [Fact]
    public async Task A_beginning_that_went_bad_on_disk_is_found_and_fetched_again()
    {
        _bench.Store.Prepare();
        byte[] bad = [.. Weights.AsSpan(0, 1 << 20)];
        bad[77] ^= 1;
        string partial = Path.Combine(_bench.Store.Layout.Partial, HubServer.Sha256(Weights));
        await File.WriteAllBytesAsync(partial, bad, Cancelled);
        string folder = await _bench.FetchedAsync(Address);
        Assert.Equal(Weights, await File.ReadAllBytesAsync(Path.Combine(folder, "model.safetensors"), Cancelled));
        Assert.Equal(["bytes=1048576-", null], _hub.OfStore.Select(request => request.Range));
        Assert.Empty(_bench.Files("partial"));
    }

    [Fact]
    public async Task Bytes_that_are_not_those_announced_are_refused_and_not_kept()
    {
        _hub.Corrupted = HubServer.Weights(Weights.Length, seed: 2);
        FetchProblem problem = await _bench.RefusedAsync(Address);
        Assert.Equal(("DigestMismatch", true), (problem.Reason, problem.IsVerdict));
        Assert.Contains($"model.safetensors of {Address} has sha256:", problem.Message, StringComparison.Ordinal);
        Assert.Contains(HubServer.Sha256(Weights), problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(HubServer.Sha256(_hub.Corrupted), _bench.Files("blobs"));
        Assert.Empty(_bench.Files("sources"));
    }

    [Fact]
    public async Task A_token_goes_to_the_hub_and_not_to_the_store_it_redirects_to()
    {
        _hub.Token = "hf_right";
        await _bench.FetchedAsync(Address, FetchBench.Credentials(("token", "hf_right")));
        Assert.NotEmpty(_hub.OfStore);
        Assert.All(_hub.OfStore, request => Assert.Null(request.Authorization));
        Assert.All(_hub.Requests.Except(_hub.OfStore), request => Assert.Equal("Bearer hf_right", request.Authorization));
    }

    [Theory]
    [InlineData(null, "name a Secret with a token that may read it in spec.pullSecret")]
    [InlineData("hf_wrong", "put a token that may read it into the Secret \"pull\"")]
    public async Task A_private_model_says_what_is_missing_and_never_the_token(string? token, string advice)
    {
        _hub.Token = "hf_right";
        FetchProblem problem = await _bench.RefusedAsync(Address, token is null ? null : FetchBench.Credentials(("token", token)));
        Assert.Equal(("SourceNotFound", true), (problem.Reason, problem.IsVerdict));
        Assert.Contains(advice, problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hf_", problem.Message.Replace("hf://", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../evil")]
    [InlineData("a/../../evil")]
    [InlineData("/etc/evil")]
    [InlineData("a//b")]
    [InlineData("a\\..\\evil")]
    [InlineData("a\nb")]
    [InlineData("config.json/inside")]
    [InlineData("config.json")]
    public async Task A_listing_that_leads_out_of_its_folder_or_contradicts_itself_brings_nothing(string path)
    {
        _hub.Odd.Add(new { type = "file", oid = HubServer.GitSha1([1]), size = 1, path });
        FetchProblem problem = await _bench.RefusedAsync(Address);
        Assert.Equal(("SourceInvalid", true), (problem.Reason, problem.IsVerdict));
        Assert.Empty(_bench.Files("blobs"));
        Assert.DoesNotContain(_hub.Requests, request => request.Path.Contains("/resolve/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_file_of_a_model_comes_alone_and_two_models_share_their_bytes()
    {
        byte[] gguf = [.. "GGUF"u8, .. HubServer.Weights(1000)];
        _hub.Add("q/tiny-q4.gguf", gguf, isLarge: true);
        string file = await _bench.FetchedAsync("hf://org/tiny@main/q/tiny-q4.gguf");
        Assert.Equal("tiny-q4.gguf", Path.GetFileName(file));
        Assert.Equal(gguf, await File.ReadAllBytesAsync(file, Cancelled));
        Assert.Single(_bench.Files("blobs"));
        int sent = _hub.OfStore.Count();
        string again = await _bench.FetchedAsync($"hf://org/tiny@{HubServer.Commit}/q/tiny-q4.gguf");
        Assert.Equal((file, sent), (again, _hub.OfStore.Count()));
        Assert.Equal(2, _bench.Files("sources").Count());
    }

    [Fact]
    public async Task Many_releases_of_one_model_that_come_together_fetch_it_once()
    {
        FetchOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => _bench.FetchAsync(Address)));
        Assert.All(outcomes, outcome => Assert.Null(outcome.Problem?.Message));
        Assert.Single(outcomes.Select(outcome => outcome.Path).Distinct());
        Assert.Single(_hub.OfStore);
        Assert.Single(Directory.EnumerateDirectories(_bench.Store.Layout.Trees));
        Assert.Empty(_bench.Files("partial"));
    }

    [Fact]
    public async Task Files_of_a_users_own_cache_are_taken_instead_of_fetched_if_they_are_what_they_should_be()
    {
        string cache = _bench.Place("user");
        string blobs = Path.Combine(cache, "models--org--tiny", "blobs");
        Directory.CreateDirectory(blobs);
        await File.WriteAllBytesAsync(Path.Combine(blobs, HubServer.Sha256(Weights)), Weights, Cancelled);

        // One that is damaged, and one that leads out of the cache.
        string config = Path.Combine(blobs, HubServer.GitSha1(Encoding.UTF8.GetBytes(Config)));
        await File.WriteAllTextAsync(config, Config.Replace("tiny", "evil", StringComparison.Ordinal), Cancelled);
        await File.WriteAllTextAsync(_bench.Place("outside"), "a\nb\n", Cancelled);
        File.CreateSymbolicLink(Path.Combine(blobs, HubServer.GitSha1("a\nb\n"u8.ToArray())), _bench.Place("outside"));
        using var bench = new FetchBench(Options() with { HubCache = cache });
        string folder = await bench.FetchedAsync(Address);
        Assert.Empty(_hub.OfStore);
        Assert.Equal(Weights, await File.ReadAllBytesAsync(Path.Combine(folder, "model.safetensors"), Cancelled));
        Assert.Equal(Config, await File.ReadAllTextAsync(Path.Combine(folder, "config.json"), Cancelled));
        Assert.Equal(2, _hub.Requests.Count(request => request.Path.Contains("/resolve/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_store_that_would_grow_too_large_refuses_with_the_numbers_before_a_byte_is_fetched()
    {
        using var bench = new FetchBench(Options() with { MaxBytes = 2 << 20 });
        FetchProblem problem = await bench.RefusedAsync(Address);
        Assert.Equal(("StoreFull", true), (problem.Reason, problem.IsVerdict));
        const string Numbers = "needs 3.0 MiB more, and the artifact store holds 0.0 MiB of at most 2.0 MiB";
        Assert.Contains(Numbers, problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(_hub.Requests, request => request.Path.Contains("/resolve/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_fetch_that_is_cancelled_leaves_its_beginning_for_the_next_one()
    {
        _hub.Slow = new SemaphoreSlim(20);
        using var stop = new CancellationTokenSource();
        Task<FetchOutcome> fetch = _bench.FetchAsync(Address, cancellationToken: stop.Token);
        await Testing.Eventually.True(
            "a begun file", TimeSpan.FromSeconds(20), () => Task.FromResult(_bench.Progress.ReceivedBytes >= 1 << 20), Cancelled);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetch);
        _hub.Slow = null;
        Assert.Single(_bench.Files("partial"));
        await _bench.FetchedAsync(Address);
        Assert.StartsWith("bytes=", _hub.OfStore.Last().Range, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(500, "SourceUnreachable")]
    [InlineData(429, "SourceUnreachable")]
    [InlineData(200, "SourceUnreachable")]
    public async Task A_hub_that_fails_or_is_none_says_nothing_of_the_model(int status, string reason)
    {
        _hub.Instead = async context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.RetryAfter = "90";
            await context.Response.WriteAsync("<html>Please log in to the network</html>");
            return true;
        };
        FetchProblem problem = await _bench.RefusedAsync(Address);
        Assert.Equal((reason, false), (problem.Reason, problem.IsVerdict));
        if (status == 429) Assert.Equal(TimeSpan.FromSeconds(90), problem.RetryAfter);
    }

    [Fact]
    public async Task A_machine_without_a_network_says_so_and_what_to_do()
    {
        using var bench = new FetchBench(new ArtifactOptions { HubEndpoint = "http://127.0.0.1:9" });
        FetchProblem problem = await bench.RefusedAsync(Address);
        Assert.Equal(("SourceUnreachable", false), (problem.Reason, problem.IsVerdict));
        Assert.Contains("If this machine is offline, copy the model here", problem.Message, StringComparison.Ordinal);
        using var forbidden = new FetchBench(Options() with { Offline = true });
        Assert.Contains("artifacts.offline", (await forbidden.RefusedAsync(Address)).Message, StringComparison.Ordinal);
        Assert.Empty(_hub.Requests);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_listing_that_is_far_too_long_is_read_no_further(bool saysItsLength)
    {
        _hub.Instead = async context =>
        {
            // It ends only because nobody reads it.
            if (saysItsLength) context.Response.ContentLength = long.MaxValue;
            while (!context.RequestAborted.IsCancellationRequested) await context.Response.Body.WriteAsync(new byte[1 << 16]);
            return true;
        };
        FetchProblem problem = await _bench.RefusedAsync(Address);
        Assert.Equal(("SourceUnreachable", false), (problem.Reason, problem.IsVerdict));
        Assert.Contains("gave more than 32 MiB at once", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_next_page_at_another_host_is_not_followed()
    {
        _hub.Instead = async context =>
        {
            if (!context.Request.Path.Value!.Contains("/tree/", StringComparison.Ordinal)) return false;
            context.Response.Headers.Link = $"<http://127.0.0.1:{_hub.StorePort}/more>; rel=\"next\"";
            await context.Response.WriteAsync("[]");
            return true;
        };
        Assert.Equal("SourceNotFound", (await _bench.RefusedAsync(Address)).Reason);
        Assert.Empty(_hub.OfStore);
    }

    [Fact]
    public async Task Bytes_that_went_bad_in_the_store_are_thrown_away_and_fetched_again()
    {
        string folder = await _bench.FetchedAsync(Address);
        string blob = _bench.Store.Layout.Blob(HubServer.Sha256(Weights));
        File.SetUnixFileMode(blob, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await using (FileStream stream = File.OpenWrite(blob)) stream.WriteByte((byte)(Weights[0] ^ 1));
        SourceRecord record = _bench.Store.Find(Address, HubServer.Commit)!;
        ArtifactPin[] seen = [.. record.Files.Select(file => file.ToPin())];
        Assert.False(_bench.Fetcher.Distrust(record, seen));
        int bad = Array.FindIndex(seen, pin => pin.File == "model.safetensors");
        seen[bad] = seen[bad] with { Digest = "sha256:" + new string('0', 64) };
        Assert.True(_bench.Fetcher.Distrust(record, seen));
        Assert.Equal(folder, (await _bench.FetchAsync(Address, revision: HubServer.Commit)).Path);
        Assert.Equal(Weights, await File.ReadAllBytesAsync(Path.Combine(folder, "model.safetensors"), Cancelled));
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private ArtifactOptions Options() => new() { HubEndpoint = _hub.Endpoint };
}
