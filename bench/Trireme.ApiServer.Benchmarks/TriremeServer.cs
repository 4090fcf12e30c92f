using System.Diagnostics;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;

namespace Trireme.ApiServer.Benchmarks;

/// <summary>The platform without the sample, whose API server is measured.</summary>
internal sealed class TriremeServer : MeasuredServer
{
    public const string ConfigMaps = "/api/v1/namespaces/default/configmaps";

    private Uri _address = null!;
    private string _token = "";

    public override string Name => "trireme";

    public static async Task<TriremeServer> StartAsync(string program)
    {
        var server = new TriremeServer();
        string endpoints = Path.Combine(server.Folder, "endpoints.json");
        await server.StartAsync(
            new ProcessStartInfo(program, ["up", "--no-samples", "--data-dir", server.Folder, "--port", "0", "--api-port", "0"]),
            () => File.Exists(endpoints));
        server._address = new Uri((string)JsonNode.Parse(await File.ReadAllTextAsync(endpoints))!["api"]!);
        server._token = (await File.ReadAllTextAsync(Path.Combine(server.Folder, "token"))).Trim();
        return server;
    }

    public override HttpClient CreateClient()
    {
        var trust = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            CustomTrustStore = { X509CertificateLoader.LoadCertificateFromFile(Path.Combine(Folder, "pki", "ca.crt")) },
        };
        var handler = new SocketsHttpHandler { SslOptions = { CertificateChainPolicy = trust } };
        var client = new HttpClient(handler) { BaseAddress = _address, Timeout = TimeSpan.FromMinutes(10) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _token);
        return client;
    }

    /// <summary>The body of a ConfigMap of about a kibibyte.</summary>
    public static byte[] ConfigMap(string name) => Encoding.UTF8.GetBytes(new JsonObject
    {
        ["metadata"] = new JsonObject { ["name"] = name },
        ["data"] = new JsonObject { ["text"] = new string('x', 950) },
    }.ToJsonString());

    public override async Task WriteAsync(HttpClient client, string name, byte[] content)
    {
        using var body = new ByteArrayContent(content);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using HttpResponseMessage response = await client.PostAsync(ConfigMaps, body);
        response.EnsureSuccessStatusCode();
    }
}
