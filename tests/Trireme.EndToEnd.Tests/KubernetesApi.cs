using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Trireme.Contracts.Serialization;

namespace Trireme.EndToEnd.Tests;

/// <summary>The API server as a plain HTTP client sees it: fast enough to write hundreds of objects between two faults.</summary>
internal static class KubernetesApi
{
    public static HttpClient CreateClient(string kubeconfig)
    {
        JsonNode config = YamlJson.Parse(File.ReadAllText(kubeconfig)).Single();
        JsonNode cluster = config["clusters"]![0]!["cluster"]!;
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(Encoding.UTF8.GetString(Convert.FromBase64String((string)cluster["certificate-authority-data"]!)));
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authorities);
        var client = new HttpClient(new SocketsHttpHandler { SslOptions = { CertificateChainPolicy = policy } })
        {
            BaseAddress = new Uri((string)cluster["server"]!),
        };
        client.DefaultRequestHeaders.Authorization =
            new AuthenticationHeaderValue("Bearer", (string)config["users"]![0]!["user"]!["token"]!);
        return client;
    }

    public static async Task<bool> CreateConfigMapAsync(HttpClient client, string name)
    {
        var json = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "ConfigMap", ["metadata"] = new JsonObject { ["name"] = name } };
        using var content = new StringContent(json.ToJsonString(), Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await client.PostAsync("api/v1/namespaces/default/configmaps", content);
        return response.IsSuccessStatusCode;
    }
}
