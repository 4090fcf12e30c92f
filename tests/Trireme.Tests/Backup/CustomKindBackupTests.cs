using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Trireme.ApiServer.Hosting;
using Trireme.Backup;
using Trireme.Hosting;
using Trireme.Testing;

namespace Trireme.Tests.Backup;

/// <summary>Kinds of one's own are in a backup as all else: the definition, its rules, and the objects.</summary>
public sealed class CustomKindBackupTests : IDisposable
{
    private const string Definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    private const string Objects = "/apis/ml.example.com/v1/namespaces/default/evaluations";
    private const string Definition = """
        {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"evaluations.ml.example.com"},
        "spec":{"group":"ml.example.com","scope":"Namespaced","names":{"plural":"evaluations","kind":"Evaluation"},"versions":[
        {"name":"v1","served":true,"storage":true,"subresources":{"status":{}},"schema":{"openAPIV3Schema":{"type":"object","properties":{
        "spec":{"type":"object","properties":{"samples":{"type":"integer","minimum":1,"default":100}}},
        "status":{"type":"object","properties":{"score":{"type":"integer"}}}}}}}]}}
        """;

    private static readonly DateTimeOffset Now = new(2026, 12, 1, 9, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Definitions_and_their_objects_come_back_whole_and_with_their_rules()
    {
        var data = new DataFolderLayout(_folder.File("data"));
        string archive = _folder.File("backup.tgz");
        string before;
        await using (EmbeddedApiServer server = await StartAsync(data))
        {
            using HttpClient client = server.CreateClient();
            await SendAsync(client, HttpMethod.Post, Definitions, Definition, HttpStatusCode.Created);
            await ServedAsync(client);
            await SendAsync(client, HttpMethod.Post, Objects, Evaluation("first", "{}"), HttpStatusCode.Created);
            before = await SendAsync(
                client, HttpMethod.Patch, Objects + "/first/status", """{"status":{"score":7}}""", HttpStatusCode.OK);
            BackupWriter.Write(data, archive, Now, cancellationToken: Cancelled);

            // What comes after is not in it: neither the end of the kind nor another object.
            await SendAsync(client, HttpMethod.Post, Objects, Evaluation("second", "{}"), HttpStatusCode.Created);
            await SendAsync(client, HttpMethod.Delete, $"{Definitions}/evaluations.ml.example.com", null, HttpStatusCode.OK);
        }

        var restored = new DataFolderLayout(_folder.File("restored"));
        using (DataFolderLock.Acquire(restored))
        {
            FolderRestore.Restore(archive, restored, force: false, Now, cancellationToken: Cancelled);
        }

        await using EmbeddedApiServer again = await StartAsync(restored);
        using HttpClient api = again.CreateClient();
        Assert.Equal(before, await SendAsync(api, HttpMethod.Get, Objects + "/first", null, HttpStatusCode.OK));
        await SendAsync(api, HttpMethod.Get, Objects + "/second", null, HttpStatusCode.NotFound);
        await SendAsync(api, HttpMethod.Post, Objects, Evaluation("bad", """{"samples":0}"""), HttpStatusCode.UnprocessableEntity);
        string made = await SendAsync(api, HttpMethod.Post, Objects, Evaluation("third", "{}"), HttpStatusCode.Created);
        Assert.Equal(100, (int)JsonNode.Parse(made)!["spec"]!["samples"]!);
    }

    private static string Evaluation(string name, string spec) =>
        $$"""{"apiVersion":"ml.example.com/v1","kind":"Evaluation","metadata":{"name":"{{name}}"},"spec":{{spec}} }""";

    private static Task<EmbeddedApiServer> StartAsync(DataFolderLayout data) =>
        EmbeddedApiServer.StartAsync(new EmbeddedApiServerOptions { DataFolder = data.Root }, Cancelled);

    private static Task ServedAsync(HttpClient client) => Eventually.True(
        "the kind is served",
        Soon,
        async () =>
        {
            using HttpResponseMessage response = await client.GetAsync(new Uri(Objects, UriKind.Relative), Cancelled);
            return response.IsSuccessStatusCode;
        },
        Cancelled);

    private static async Task<string> SendAsync(HttpClient client, HttpMethod method, string path, string? body, HttpStatusCode expected)
    {
        using var request = new HttpRequestMessage(method, path);
        string type = method == HttpMethod.Patch ? "application/merge-patch+json" : "application/json";
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, type);
        using HttpResponseMessage response = await client.SendAsync(request, Cancelled);
        string text = await response.Content.ReadAsStringAsync(Cancelled);
        Assert.True(expected == response.StatusCode, $"{method} {path} was answered {(int)response.StatusCode}: {text}");
        return text;
    }
}
