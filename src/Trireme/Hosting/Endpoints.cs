using System.Text.Json;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Storage;

namespace Trireme.Hosting;

/// <summary>Where the parts of a running platform are.</summary>
internal sealed record Endpoints
{
    /// <summary>OpenAI base URL, which ends in /v1.</summary>
    public required string Gateway { get; init; }

    public required string Dashboard { get; init; }

    /// <summary>Base URL of the Kubernetes-style API.</summary>
    public required string Api { get; init; }

    /// <summary>Path of the kubeconfig.</summary>
    public required string Kubeconfig { get; init; }

    /// <summary>PEM file with the certificate of a gateway that speaks TLS, which need not be one that this machine trusts.</summary>
    public string? GatewayCertificate { get; init; }

    /// <summary>The platform's process, whose addresses these are.</summary>
    public required ProcessStamp Process { get; init; }

    /// <summary>
    /// The addresses, if the platform that wrote them lives. The file outlives one that was killed, and then anyone may listen there, who
    /// must not be sent a key.
    /// </summary>
    /// <exception cref="CommandException">The platform of this data folder is not running, or that cannot be told.</exception>
    public static Endpoints Read(DataFolderLayout layout)
    {
        try
        {
            string text = SmallFile.ReadAllText(layout.Endpoints);
            Endpoints? endpoints = JsonSerializer.Deserialize<Endpoints>(text, ResourceJson.Options);
            if (endpoints?.Process.IsAlive() == true && DataFolderLock.IsHeld(layout)) return endpoints;
        }
        catch (Exception exception) when (
            exception is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException or JsonException)
        {
            throw NotRunning(layout, exception);
        }
        catch (IOException exception)
        {
            // Such as a pipe in its place, which says nothing of a platform.
            throw new CommandException(Clause.Of(exception), ExitCode.OfFile(exception), exception);
        }

        throw NotRunning(layout, inner: null);
    }

    /// <summary>Written whole or not at all, for its owner only.</summary>
    public void Write(DataFolderLayout layout) =>
        PrivateFile.Write(layout.Endpoints, JsonSerializer.Serialize(this, ResourceJson.Indented) + "\n");

    private static CommandException NotRunning(DataFolderLayout layout, Exception? inner) => new(
        $"no platform runs on {layout.Root}; start one with \"trireme up --data-dir {layout.Root}\"", ExitCode.Unreachable, inner);
}
