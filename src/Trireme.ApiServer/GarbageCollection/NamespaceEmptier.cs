using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Trireme.ApiServer.Admission;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.ApiServer.Workloads;

namespace Trireme.ApiServer.GarbageCollection;

/// <summary>Deletes what lies in a namespace that goes, says what is left of it, and lets the namespace go once it is empty.</summary>
internal sealed class NamespaceEmptier(ObjectStore store, ServedResources resources, ObjectDeletion deletion, TimeProvider time)
{
    /// <summary>Deletions in one step. Each is a change that whoever follows has to read before the next step.</summary>
    private const int StepMax = 256;

    /// <summary>Deletions under way at a time: as many as the store commits in one go.</summary>
    private const int ParallelMax = 64;

    /// <summary>Failures that the condition names.</summary>
    private const int ShownFailuresMax = 5;

    /// <summary>Takes the next step. True if another one can follow at once.</summary>
    /// <exception cref="IOException">Some content could not be deleted, which the namespace's conditions say as well.</exception>
    public async Task<bool> EmptyAsync(StoredObject @namespace)
    {
        string name = @namespace.Key.Name;
        IReadOnlyList<StoredObject> content = store.Read(reader => reader.Content(name));
        // What runs goes first: until its Pods have ended, what they may still read stays.
        StoredObject[] running = [.. content.Where(static stored => PodGrace.Concerns(stored.Document))];
        StoredObject[] next = [.. (running.Length > 0 ? running : content).Where(CanGoOn).Take(StepMax)];
        ConcurrentBag<string> failures = await DeleteAsync(next);
        if (next.Length > 0 && failures.IsEmpty) return true;

        NamespaceRemains remains = RemainsOf(name, [.. failures.Order(StringComparer.Ordinal).Take(ShownFailuresMax)]);
        await deletion.ChangeAsync(@namespace, document => NamespaceConditions.Write(document, remains, time.GetUtcNow()));
        if (!failures.IsEmpty) throw new IOException($"Namespace {name} could not be emptied: {string.Join("; ", remains.Failures)}");
        if (remains.Counts.Count == 0) await deletion.ChangeAsync(@namespace, LetGo);
        return false;
    }

    /// <summary>
    /// True for what is not being deleted yet, and for what waits for its dependents or keeps them: everything here goes, in any order.
    /// </summary>
    private static bool CanGoOn(StoredObject stored) => !stored.Document.IsDeleting()
        || ObjectDeletion.StandingPropagation(stored.Document.Metadata().TextList("finalizers")) != DeletionPropagation.Background;

    private async Task<ConcurrentBag<string>> DeleteAsync(StoredObject[] content)
    {
        var failures = new ConcurrentBag<string>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = ParallelMax };
        await Parallel.ForEachAsync(content, options, async (item, _) =>
        {
            try
            {
                await deletion.DeleteAsync(item, DeletionPropagation.Background);
            }
            catch (Exception exception) when (exception is Microsoft.Data.Sqlite.SqliteException or IOException)
            {
                failures.Add($"{item.Key}: {exception.Message}");
            }
        });
        return failures;
    }

    private NamespaceRemains RemainsOf(string name, IReadOnlyList<string> failures)
    {
        IReadOnlyList<(string Resource, long Count)> counts = store.Read(reader => reader.ContentCounts(name));
        var finalizers = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (StoredObject item in store.Read(reader => reader.Content(name)))
        {
            foreach (string finalizer in item.Document.Metadata().TextList("finalizers"))
            {
                finalizers[finalizer] = finalizers.GetValueOrDefault(finalizer) + 1;
            }
        }

        return new NamespaceRemains(
            counts,
            [.. finalizers.Select(finalizer => (finalizer.Key, finalizer.Value))],
            [.. counts.Select(kind => kind.Resource).Where(resource => resources.Find(resource) is null)],
            failures);
    }

    private static void LetGo(JsonObject document)
    {
        if (document["spec"] is not JsonObject spec) return;
        spec.SetTextList("finalizers", [.. spec.TextList("finalizers").Where(name => name != KindRules.NamespaceFinalizer)]);
    }
}
