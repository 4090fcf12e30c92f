using System.Net;
using System.Text;
using System.Text.Json;
using CsCheck;
using Trireme.Operator.Artifacts;
using Trireme.Operator.Releases;
using Trireme.Testing;

namespace Trireme.Operator.Tests.Artifacts;

/// <summary>Whatever servers, disks and model files say, it is read or refused and never believed.</summary>
public sealed class ForeignDataTests
{
    private const string Git = "9ad7b74e4cba7355811a595a2e179963435b6384";
    private const string Sha256 = "83aa6d6ab1bfeebb76687cb67146144fb0b8b966cce455732fbac5c224d45909";

    private const string Listing = $$"""
        [{"type":"file","oid":"{{Git}}","size":22,"path":"config.json"},
        {"type":"file","oid":"{{Git}}","size":9,"path":"m.safetensors","lfs":{"oid":"{{Sha256}}","size":9} }]
        """;

    private const string Record = $$"""
        {"address":"hf://org/tiny@main","revision":"r","isFile":false,
        "files":[{"name":"config.json","sha256":"{{Sha256}}","sizeBytes":22,"hubName":null}]}
        """;

    private const string Tokenizer =
        """{"added_tokens":[{"id":3,"content":"<x>"}],"model":{"type":"BPE","vocab":{"a":0,"b":1,"c":2},"merges":[]}}""";

    [Fact]
    public void Listings_as_they_should_be_are_read()
    {
        IReadOnlyList<RemoteFile> files = HubAnswer.Files(Encoding.UTF8.GetBytes(Listing))!;
        Assert.Equal(["config.json", "m.safetensors"], files.Select(file => file.Name));
        Assert.Equal(Git, files[0].GitSha1);
        Assert.Equal((9L, Sha256, null), (files[1].SizeBytes, files[1].Sha256, files[1].GitSha1));
    }

    [Fact]
    public void Damaged_listings_are_refused_or_hold_files_with_digests() => Damaged(Listing).Sample(
        static bytes =>
        {
            foreach (RemoteFile file in HubAnswer.Files(bytes) ?? [])
            {
                Assert.True(file.SizeBytes >= 0);
                Assert.True(file.Sha256 is { Length: 64 } || file.GitSha1 is { Length: 40 });
            }

            HubAnswer.Commit(bytes);
        },
        iter: 20_000);

    [Fact]
    public void Names_that_are_taken_stay_below_their_folder()
    {
        Gen<char> letter = Gen.OneOf<char>(Gen.Char, Gen.OneOf('/', '.', '\\', ':', '\0'));
        Gen.String[letter, 0, 20].Sample(
            static name =>
            {
                if (!RemoteNames.IsSafe(name)) return;
                Assert.StartsWith("/store/tree/", Path.GetFullPath(Path.Combine("/store/tree", name)), StringComparison.Ordinal);
                Assert.Equal($"/store/tree/{name}", Path.GetFullPath($"/store/tree/{name}"));
            },
            iter: 100_000);
    }

    [Fact]
    public void Damaged_records_of_the_store_are_none()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("record.json");
        Damaged(Record).Sample(
            bytes =>
            {
                File.WriteAllBytes(path, bytes);
                if (SourceRecord.Read(path) is not { } record) return;
                Assert.All(record.Files, file => Assert.True(file.IsWellFormed && RemoteNames.IsSafe(file.Name)));
            },
            iter: 2_000,
            threads: 1);
    }

    [Fact]
    public void Damaged_tokenizers_say_nothing_or_something()
    {
        TokenizerParts whole = TokenizerParts.Read(Encoding.UTF8.GetBytes(Tokenizer))!;
        Assert.Equal((2L, 3L), (whole.Last, whole.Added["<x>"]));
        Damaged(Tokenizer).Sample(static bytes => { TokenizerParts.Read(bytes); }, iter: 20_000);
    }

    [Theory]
    [InlineData(403, "GatedRepo", "SourceRefused", true)]
    [InlineData(401, "GatedRepo", "SourceRefused", true)]
    [InlineData(404, "RevisionNotFound", "SourceNotFound", true)]
    [InlineData(404, "EntryNotFound", "SourceNotFound", true)]
    [InlineData(401, "RepoNotFound", "SourceNotFound", true)]
    [InlineData(403, "DisabledRepo", "SourceRefused", true)]
    [InlineData(401, null, "SourceRefused", true)]
    [InlineData(429, null, "SourceUnreachable", false)]
    [InlineData(503, null, "SourceUnreachable", false)]
    public void Refusals_of_the_hub_are_told_apart(int status, string? code, string reason, bool isVerdict)
    {
        var problem = HubAnswer.Problem(
            "hf://org/x@main", (HttpStatusCode)status, code, "Said\u0007 so.", TimeSpan.FromSeconds(5), PullCredentials.None);
        Assert.Equal((reason, isVerdict), (problem.Reason, problem.IsVerdict));
        Assert.DoesNotContain('\u0007', problem.Message);
    }

    /// <summary>What the hub's own clients were recorded to be told, told to us by the same paths.</summary>
    [Theory]
    [InlineData("16-revision-missing", "hf://org/tiny@nope", "SourceNotFound", true)]
    [InlineData("17-repository-missing-no-token", "hf://org/missing@main", "SourceNotFound", true)]
    [InlineData("19-private-repository-no-token", "hf://org/private@main", "SourceNotFound", true)]
    [InlineData("24-disabled-repository", "hf://org/disabled@main", "SourceRefused", true)]
    [InlineData("36-api-answers-500", "hf://org/tiny@main", "SourceUnreachable", false)]
    [InlineData("37-api-answers-429-with-retry-after-1", "hf://org/tiny@main", "SourceUnreachable", false)]
    public async Task Recorded_answers_mean_what_they_meant_to_the_hubs_clients(string name, string address, string reason, bool isVerdict)
    {
        string? file = Fixtures.Find($"recorded/huggingface-hub/{name}.json");
        Assert.SkipWhen(file is null, "The recordings are not here.");
        using JsonDocument recording = JsonDocument.Parse(await File.ReadAllBytesAsync(file!, TestContext.Current.CancellationToken));
        JsonElement exchange = recording.RootElement.GetProperty("requests")[0];
        await using HubServer hub = await HubServer.StartAsync();
        hub.Instead = async context =>
        {
            Assert.Equal(exchange.GetProperty("request").GetProperty("path").GetString(), context.Request.Path.Value);
            JsonElement answer = exchange.GetProperty("response");
            context.Response.StatusCode = answer.GetProperty("status").GetInt32();
            foreach (JsonProperty header in answer.GetProperty("headers").EnumerateObject())
            {
                context.Response.Headers[header.Name] = header.Value.GetString();
            }

            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(answer.GetProperty("body").GetRawText()));
            return true;
        };
        using var bench = new FetchBench(new ArtifactOptions { HubEndpoint = hub.Endpoint });
        FetchProblem problem = await bench.RefusedAsync(address);
        Assert.Equal((reason, isVerdict), (problem.Reason, problem.IsVerdict));
    }

    /// <summary>A text with some bytes changed, cut out or doubled.</summary>
    private static Gen<byte[]> Damaged(string text)
    {
        byte[] whole = Encoding.UTF8.GetBytes(text);
        return Gen.Select(Gen.Int[0, whole.Length], Gen.Int[0, 8], Gen.Byte.Array[0, 8], (at, removed, added) =>
        {
            byte[] rest = whole[Math.Min(whole.Length, at + removed)..];
            return (byte[])[.. whole[..at], .. added, .. rest];
        });
    }
}
