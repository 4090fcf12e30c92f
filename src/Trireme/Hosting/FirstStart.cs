using System.Text.Json.Nodes;
using Trireme.Commands;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Storage;
using Trireme.Governance.ApiKeys;
using Trireme.Kubernetes;
using Trireme.Manifests;

namespace Trireme.Hosting;

/// <summary>What a new data folder gets: an API key and the sample service.</summary>
internal sealed class FirstStart(KubernetesConnection connection, PlatformOptions options, TimeProvider time)
{
    private const string SamplesMarker = "trireme-samples";
    private const string SampleManifest = "tiny.yaml";

    /// <summary>The first API key in clear, and whether it is new. It is made anew when its Secret was deleted.</summary>
    public async Task<(string Key, bool IsNew)> ApiKeyAsync(CancellationToken cancellationToken)
    {
        var secrets = new ResourceClient<Secret>(connection, ApplyCommand.FieldManager);
        if (File.Exists(options.Data.ApiKey))
        {
            string plaintext = SmallFile.ReadAllText(options.Data.ApiKey).Trim();
            ResourceList<Secret> stored = await secrets.ListAsync(TriremeApi.DefaultNamespace, cancellationToken: cancellationToken);
            if (ApiKeyDirectory.Build(stored.Items).TryIdentify(plaintext, out _)) return (plaintext, false);
        }

        NewApiKey key = ApiKey.Create(TriremeApi.DefaultNamespace, "first key", time.GetUtcNow());
        await secrets.CreateAsync(key.Secret, cancellationToken);
        PrivateFile.Write(options.Data.ApiKey, key.Plaintext + "\n");
        return (key.Plaintext, true);
    }

    /// <summary>Applies the sample service once per data folder: someone who deletes it does not want it back.</summary>
    public async Task SamplesAsync(CancellationToken cancellationToken)
    {
        if (!options.Settings.Samples || options.Samples is null) return;
        string manifest = Path.Combine(options.Samples, SampleManifest);
        if (!File.Exists(manifest)) return;

        var markers = new ResourceClient<ConfigMap>(connection, ApplyCommand.FieldManager);
        var key = new ResourceKey(TriremeApi.SystemNamespace, SamplesMarker);
        try
        {
            await markers.GetAsync(key, cancellationToken);
            return;
        }
        catch (ApiException exception) when (exception.IsNotFound)
        {
        }

        var client = new UntypedClient(connection, ApplyCommand.FieldManager);
        foreach (ManifestObject sample in ManifestReader.Read(manifest))
        {
            JsonObject json = sample.Json;
            await client.ApplyAsync(
                sample.Definition,
                sample.Key(TriremeApi.DefaultNamespace),
                json,
                force: true,
                dryRun: false,
                cancellationToken);
        }

        await markers.CreateAsync(
            new ConfigMap
            {
                Metadata = new ObjectMeta { Name = key.Name, Namespace = key.Namespace },
                Data = new Dictionary<string, string> { ["applied"] = SampleManifest },
            },
            cancellationToken);
    }
}
