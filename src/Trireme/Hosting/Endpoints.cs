using System.Text.Json;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Storage;

namespace Trireme.Hosting;

/// <summary>What a client needs to use a running platform.</summary>
internal sealed record Endpoints
{
    /// <summary>OpenAI base URL, which ends in /v1.</summary>
    public required string Gateway { get; init; }

    public required string Dashboard { get; init; }

    /// <summary>Base URL of the Kubernetes-style API.</summary>
    public required string Api { get; init; }

    /// <summary>Path of the kubeconfig.</summary>
    public required string Kubeconfig { get; init; }

    public required string ApiKey { get; init; }

    /// <summary>PEM file with the certificate of a gateway that speaks TLS, which need not be one that this machine trusts.</summary>
    public string? GatewayCertificate { get; init; }

    /// <exception cref="CommandException">The platform of this data folder is not running.</exception>
    public static Endpoints Read(DataFolderLayout layout)
    {
        try
        {
            return JsonSerializer.Deserialize<Endpoints>(File.ReadAllText(layout.Endpoints), ResourceJson.Options)!;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new CommandException(
                $"no platform runs on {layout.Root}; start one with \"trireme up --data-dir {layout.Root}\"",
                ExitCode.Unreachable, exception);
        }
    }

    /// <summary>Written whole or not at all, for its owner only: it holds a key.</summary>
    public void Write(DataFolderLayout layout) =>
        PrivateFile.Write(layout.Endpoints, JsonSerializer.Serialize(this, ResourceJson.Indented) + "\n");
}
