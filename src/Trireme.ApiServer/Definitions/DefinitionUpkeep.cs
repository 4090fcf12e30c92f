using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Trireme.ApiServer.CustomKinds;
using Trireme.ApiServer.GarbageCollection;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.Definitions;

/// <summary>
/// Says in the status of definitions which names they got and whether they are served, and deletes the objects of those that go. Every
/// step looks at the present state and can be repeated, so that a restart costs one round.
/// </summary>
internal sealed class DefinitionUpkeep : StoreUpkeep
{
    /// <summary>Objects of a kind that are deleted in one step.</summary>
    private const int StepMax = 256;

    /// <summary>Deletions under way at a time: as many as the store commits in one go.</summary>
    private const int ParallelMax = 64;

    private const string Accepted = "the initial names have been accepted";

    private readonly ObjectStore _store;
    private readonly ServedResources _resources;
    private readonly ObjectDeletion _deletion;
    private readonly TimeProvider _time;

    public DefinitionUpkeep(
        ObjectStore store,
        ServedResources resources,
        ObjectDeletion deletion,
        DefinitionFeed feed,
        ApiServerOptions options,
        ILogger<DefinitionUpkeep> logger)
        : base(options.Time, logger)
    {
        _store = store;
        _resources = resources;
        _deletion = deletion;
        _time = options.Time;
        feed.Changed += Wake.Up;
    }

    protected override string Kept => "Definitions of custom kinds";

    /// <summary>Looks at all definitions, the oldest first.</summary>
    protected override async Task RoundAsync()
    {
        IOException? failure = null;
        CustomKind[] kinds =
        [
            .. _resources.Custom.Kinds
                .OrderBy(static kind => kind.Definition.Metadata.CreationTimestamp)
                .ThenBy(static kind => kind.Name, StringComparer.Ordinal),
        ];
        foreach (CustomKind kind in kinds)
        {
            try
            {
                if (kind.IsTerminating) await EmptyAsync(kind);
                else await AcceptAsync(kind);
            }
            catch (IOException exception)
            {
                // One definition must not keep the others.
                failure ??= exception;
            }
        }

        if (failure is not null) throw new IOException("A definition could not be taken further.", failure);
    }

    /// <summary>
    /// Gives a definition its names, and has it served once it has all of them. It is said to be established in a write of its own: by then
    /// it is served, to whoever reads that.
    /// </summary>
    private async Task AcceptAsync(CustomKind kind)
    {
        DefinitionNames[] others =
        [
            .. _resources.Custom.Kinds
                .Where(other => other.Name != kind.Name && other.Definition.Spec.Group == kind.Definition.Spec.Group)
                .Select(static other => other.Definition.Status?.AcceptedNames ?? new DefinitionNames()),
        ];
        DefinitionNames had = kind.Definition.Status?.AcceptedNames ?? new DefinitionNames();
        NameAcceptance acceptance = NameAcceptance.Of(kind.Definition.Spec.Names, had, others);
        bool isSettled = acceptance.IsWhole && kind.IsEstablished && kind.HasAllNames && Text(acceptance.Accepted) == Text(had);
        if (isSettled) return;
        await _deletion.ChangeAsync(kind.Stored, document =>
        {
            if (!document.IsDeleting()) Write(document, acceptance, kind.IsEstablished);
        });
        if (acceptance.IsWhole && !kind.IsEstablished) await _deletion.ChangeAsync(kind.Stored, Establish);
    }

    private static string Text(DefinitionNames names) => JsonSerializer.Serialize(names, ResourceJson.Options);

    private void Write(JsonObject document, NameAcceptance acceptance, bool isEstablished)
    {
        string now = ResourceDocument.Timestamp(_time.GetUtcNow());
        DefinitionForm.SetCondition(
            document, DefinitionForm.NamesAccepted, acceptance.IsWhole ? "True" : "False", acceptance.Reason, acceptance.Message, now);
        document["status"]!["acceptedNames"] = JsonSerializer.SerializeToNode(acceptance.Accepted, ResourceJson.Options);
        // What is served stays so: its objects are there.
        if (isEstablished) return;
        (string reason, string message) = acceptance.IsWhole ? ("Installing", Accepted) : ("NotAccepted", "not all names are accepted");
        DefinitionForm.SetCondition(document, DefinitionForm.Established, "False", reason, message, now);
    }

    private void Establish(JsonObject document)
    {
        if (document.IsDeleting() || DefinitionForm.StatusOf(document, DefinitionForm.NamesAccepted) != "True") return;
        DefinitionForm.SetCondition(
            document,
            DefinitionForm.Established,
            "True",
            "InitialNamesAccepted",
            Accepted,
            ResourceDocument.Timestamp(_time.GetUtcNow()));
    }

    /// <summary>
    /// Deletes some objects of a definition that goes, and lets it go once there are none. The removal of each leads back here.
    /// </summary>
    private async Task EmptyAsync(CustomKind kind)
    {
        bool isHeld = kind.Definition.Metadata.Finalizers?.Contains(DefinitionForm.Finalizer) == true;
        if (!isHeld) return;
        await _deletion.ChangeAsync(kind.Stored, InProgress);
        var query = new ListQuery(kind.Storage, "", static stored => !stored.Document.IsDeleting(), StepMax);
        IReadOnlyList<StoredObject> next = _store.List(query).Objects;
        // Those that something holds are not removed, and so lead nowhere.
        if (next.Count == StepMax) Wake.Up();
        var options = new ParallelOptions { MaxDegreeOfParallelism = ParallelMax };
        await Parallel.ForEachAsync(
            next,
            options,
            async (stored, _) => await _deletion.DeleteAsync(stored, DeletionPropagation.Background));
        bool isEmpty = _store.List(new ListQuery(kind.Storage, "", Limit: 1)).Objects.Count == 0;
        if (isEmpty) await _deletion.ChangeAsync(kind.Stored, LetGo);
    }

    private void InProgress(JsonObject document) => DefinitionForm.SetCondition(
        document,
        DefinitionForm.Terminating,
        "True",
        "InstanceDeletionInProgress",
        "CustomResource deletion is in progress",
        ResourceDocument.Timestamp(_time.GetUtcNow()));

    private static void LetGo(JsonObject document) => document.Metadata().SetTextList(
        "finalizers", [.. document.Metadata().TextList("finalizers").Where(static name => name != DefinitionForm.Finalizer)]);
}
