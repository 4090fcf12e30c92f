using System.CommandLine;
using System.Text.Json.Nodes;
using Trireme.Contracts.Resources;
using Trireme.Kubernetes;

namespace Trireme.Commands;

/// <summary>One invocation of a rollout subcommand on one service.</summary>
internal sealed class RolloutCall(ParseResult parsed, KubernetesConnection connection, ResourceKey key)
{
    private readonly ResourceClient<ModelService> _services = new(connection, ApplyCommand.FieldManager);
    private readonly ResourceClient<ModelService> _undone = new(connection, TriremeApi.UndoFieldManager);
    private readonly ResourceClient<ModelReplica> _replicas = new(connection, ApplyCommand.FieldManager);
    private readonly ResourceClient<Release> _releases = new(connection, ApplyCommand.FieldManager);

    public ParseResult Parsed => parsed;

    public ResourceKey Key => key;

    public Task<ModelService> GetAsync(CancellationToken cancellationToken) => _services.GetAsync(key, cancellationToken);

    public Task<ModelService> PatchAsync(JsonObject patch, CancellationToken cancellationToken) =>
        _services.PatchAsync(key, patch, cancellationToken);

    /// <summary>The same, so that who applies the service next is told of an undo.</summary>
    public Task<ModelService> PatchAsUndoAsync(JsonObject patch, CancellationToken cancellationToken) =>
        _undone.PatchAsync(key, patch, cancellationToken);

    /// <summary>Null where there is none of that name.</summary>
    public async Task<Release?> FindReleaseAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return await _releases.GetAsync(new ResourceKey(key.Namespace, name), cancellationToken);
        }
        catch (ApiException exception) when (exception.IsNotFound)
        {
            return null;
        }
    }

    public async Task<IReadOnlyList<ModelReplica>> ReplicasAsync(CancellationToken cancellationToken)
    {
        var options = new ListOptions { LabelSelector = NameLabel.SelectorOf(key.Name) };
        return (await _replicas.ListAsync(key.Namespace, options, cancellationToken)).Items;
    }
}
