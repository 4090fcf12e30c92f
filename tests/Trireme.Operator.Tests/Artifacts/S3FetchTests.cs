using Trireme.Contracts.Resources;
using Trireme.Operator.Artifacts;
using Trireme.Testing;

namespace Trireme.Operator.Tests.Artifacts;

public sealed class S3FetchTests : IAsyncLifetime
{
    private const string Address = "s3://models/llm/tiny";

    private static readonly byte[] Weights = HubServer.Weights(3 << 20);

    private S3Server? _server;
    private FetchBench _bench = null!;

    private static PullCredentials Keys => FetchBench.Credentials(("accessKeyId", S3Server.KeyId), ("secretAccessKey", S3Server.Secret));

    public async ValueTask InitializeAsync()
    {
        if (!JavaScriptPackages.Exist) return;
        _server = await S3Server.StartAsync();
        await _server.PutAsync("llm/tiny/config.json", "{}"u8.ToArray());
        await _server.PutAsync("llm/tiny/model.safetensors", Weights);
        await _server.PutAsync("llm/tiny/tokenizer/vocab.txt", "a\n"u8.ToArray());
        await _server.PutAsync("llm/tinyother/config.json", "{\"other\":1}"u8.ToArray());
        await _server.PutAsync("gguf/m-00001-of-00002.gguf", "GGUF1"u8.ToArray());
        await _server.PutAsync("gguf/m-00002-of-00002.gguf", "GGUF2"u8.ToArray());
        _bench = new FetchBench(new ArtifactOptions { S3Endpoint = _server.Endpoint });
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is null) return;
        _bench.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_prefix_comes_as_a_folder()
    {
        Assert.SkipUnless(JavaScriptPackages.Exist, JavaScriptPackages.Missing);
        string folder = await _bench.FetchedAsync(Address, Keys);
        Assert.Equal(["config.json", "model.safetensors", "tokenizer/vocab.txt"], FetchBench.Below(folder));
        string weights = Path.Combine(folder, "model.safetensors");
        Assert.Equal(Weights, await File.ReadAllBytesAsync(weights, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_part_of_a_split_model_brings_the_others()
    {
        Assert.SkipUnless(JavaScriptPackages.Exist, JavaScriptPackages.Missing);
        string file = await _bench.FetchedAsync("s3://models/gguf/m-00001-of-00002.gguf", Keys);
        Assert.Equal("m-00001-of-00002.gguf", Path.GetFileName(file));
        Assert.Equal("GGUF2", await File.ReadAllTextAsync(
            Path.Combine(Path.GetDirectoryName(file)!, "m-00002-of-00002.gguf"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_beginning_goes_on_from_where_it_was()
    {
        Assert.SkipUnless(JavaScriptPackages.Exist, JavaScriptPackages.Missing);
        using var http = OriginHttp.Create(TimeSpan.FromMinutes(1), TimeProvider.System);
        var origin = new S3Origin(_bench.Options, http);
        Assert.True(ArtifactAddress.TryParse(Address, out ArtifactAddress? address));
        CancellationToken cancelled = TestContext.Current.CancellationToken;
        RemoteListing listing = await origin.ListAsync(address, null, Keys, cancelled);
        RemoteFile file = listing.Files.Single(known => known.Name == "model.safetensors");
        _bench.Store.Prepare();
        string partial = Path.Combine(_bench.Store.Layout.Partial, ArtifactLayout.PartialKey(Address, file)!);
        await File.WriteAllBytesAsync(partial, Weights.AsMemory(0, 1 << 20), cancelled);
        string folder = await _bench.FetchedAsync(Address, Keys);
        Assert.Equal(Weights, await File.ReadAllBytesAsync(Path.Combine(folder, "model.safetensors"), cancelled));
        Assert.Equal(2 << 20, _bench.Progress.ReceivedBytes - 2 - 2);
    }

    [Theory]
    [InlineData("s3://models/nothing", "SourceNotFound", "holds no file of a model")]
    [InlineData("s3://nobucket/llm/tiny", "SourceNotFound", "no bucket \"nobucket\"")]
    public async Task What_is_not_there_is_named(string address, string reason, string message)
    {
        Assert.SkipUnless(JavaScriptPackages.Exist, JavaScriptPackages.Missing);
        FetchProblem problem = await _bench.RefusedAsync(address, Keys);
        Assert.Equal((reason, true), (problem.Reason, problem.IsVerdict));
        Assert.Contains(message, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_the_server_does_not_know_is_refused_by_the_secrets_name_and_never_shown()
    {
        Assert.SkipUnless(JavaScriptPackages.Exist, JavaScriptPackages.Missing);
        FetchProblem problem = await _bench.RefusedAsync(
            Address, FetchBench.Credentials(("accessKeyId", "WRONGID"), ("secretAccessKey", "wrong-key")));
        Assert.Equal(("SourceRefused", true), (problem.Reason, problem.IsVerdict));
        Assert.Contains("Secret \"pull\"", problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong", problem.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_says_nothing_of_the_model()
    {
        using var bench = new FetchBench(new ArtifactOptions { S3Endpoint = "http://127.0.0.1:9" });
        FetchProblem problem = await bench.RefusedAsync(Address, Keys);
        Assert.Equal(("SourceUnreachable", false), (problem.Reason, problem.IsVerdict));
    }

    [Fact]
    public async Task A_server_that_is_overloaded_says_nothing_of_the_model()
    {
        await using HubServer server = await HubServer.StartAsync();
        server.Instead = static context =>
        {
            context.Response.StatusCode = 503;
            return Task.FromResult(true);
        };
        using var bench = new FetchBench(new ArtifactOptions { S3Endpoint = server.Endpoint });
        FetchProblem problem = await bench.RefusedAsync(Address, Keys);
        Assert.Equal(("SourceUnreachable", false), (problem.Reason, problem.IsVerdict));
    }

    [Fact]
    public void The_common_beginning_of_a_models_parts_is_what_is_listed() =>
        Assert.Equal("a/m-0000", S3Origin.CommonPrefix(["a/m-00001-of-00002.gguf", "a/m-00002-of-00002.gguf"]));
}
