using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.ApiServer.Admission;
using Trireme.ApiServer.GarbageCollection;
using Trireme.ApiServer.Projections;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.ApiServer.Workloads;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Validation;

namespace Trireme.ApiServer.Disruption;

/// <summary>
/// POST to the eviction of a Pod: the Pod is deleted if its budget lets it go. What the budget lets go is written into it first, by a write
/// that fails where another came before, so that no two evictions use one allowance.
/// </summary>
internal sealed class EvictionOperation(
    ObjectStore store,
    ObjectView view,
    ObjectWriter writer,
    ObjectDeletion deletion,
    NamespacedIndex<PodDisruptionBudget> budgets,
    TimeProvider time)
{
    private const string Refusal = "Cannot evict pod as it would violate the pod's disruption budget.";

    /// <summary>When to ask again where the budget has not been looked at yet.</summary>
    private const int RetrySeconds = 10;

    /// <summary>Pods that may be on their way at a time.</summary>
    private const int GoingMax = 2000;

    private static readonly ServedResource Shown = new(WorkloadKinds.Evictions);

    public async Task<ResourceResponse> RunAsync(ApiRequest request)
    {
        if (WriteOptions.Read(request).Failed(out StatusError? error, out WriteOptions? write)) return error;
        Outcome<JsonObject> read = await RequestContent.ReadObjectAsync(request.Http.Request, write.FieldValidation);
        if (read.Failed(out error, out JsonObject? sent)) return error;
        ApiRequest shown = request with { Resource = Shown };
        if (sent.Text("apiVersion") is "policy/v1beta1") sent["apiVersion"] = PodEviction.TypeApiVersion;
        if (ObjectAdmission.Identify(shown, sent) is { } misplaced) return misplaced;
        SchemaPruner.Normalize(sent, WorkloadKinds.Evictions.Schema);
        if (ObjectAdmission.CheckSchema(shown, sent, write) is { } invalid) return invalid;
        JsonObject asked = sent["deleteOptions"] as JsonObject ?? [];
        if (DeletionOptions.Read(request, asked).Failed(out error, out DeletionOptions? options)) return error;
        options = options with { DryRun = options.DryRun || write.DryRun };
        for (int attempt = 0; attempt < ObjectWriter.MaxAttempts; attempt++)
        {
            if (store.Get(request.Key) is not { } pod) return view.Missing(request);
            if (DeleteOperation.Precondition(request.Key, pod.Document, options) is { } conflict) return conflict;
            if (!NeedsNoBudget(pod.Document))
            {
                Outcome<Allowance> outcome = await TakeAsync(pod, options.DryRun);
                if (outcome.Failed(out error, out Allowance? allowance)) return error;
                if (!allowance.IsGiven) continue;
            }

            if (options.DryRun) return Success();
            if (await GoAsync(pod, options)) return Success();
        }

        return StatusErrors.Modified(request.Key);
    }

    /// <summary>Who runs no more, or goes already, disrupts nothing.</summary>
    private static bool NeedsNoBudget(JsonObject pod) =>
        pod.IsDeleting() || pod.Find("status", "phase")?.ToString() is "Succeeded" or "Failed" or "Pending";

    /// <summary>Takes one from the budget of a Pod; not given where another write of the budget came first.</summary>
    private async Task<Outcome<Allowance>> TakeAsync(StoredObject pod, bool dryRun)
    {
        Dictionary<string, string> labels = BudgetRules.LabelsOf(pod.Document);
        PodDisruptionBudget[] covering = [.. budgets.In(pod.Key.Namespace).Where(budget => BudgetRules.Covers(budget, labels))];
        if (covering.Length == 0) return Allowance.Given;
        if (covering.Length > 1)
        {
            return StatusErrors.Internal(
                "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.");
        }

        var key = new ObjectKey(budgets.Resource!, pod.Key.Namespace, covering[0].Metadata.Name);
        if (store.Get(key) is not { } stored) return Allowance.Refused;
        PodDisruptionBudget budget = stored.Document.Deserialize<PodDisruptionBudget>(ResourceJson.Options)!;
        PodDisruptionBudgetStatus status = budget.Status ?? new PodDisruptionBudgetStatus();
        if (IsFree(budget, status, pod.Document)) return Allowance.Given;
        string name = budget.Metadata.Name;
        if ((status.ObservedGeneration ?? 0) < (budget.Metadata.Generation ?? 1))
        {
            return TooMany($"The disruption budget {name} is still being processed by the server.", RetrySeconds);
        }

        if (status.DisruptedPods?.Count > GoingMax)
        {
            return StatusErrors.Forbidden(
                key.Resource, name, "DisruptedPods map too big - too many evictions not confirmed by PDB controller");
        }

        if (status.DisruptionsAllowed <= 0)
        {
            return TooMany(
                $"The disruption budget {name} needs {status.DesiredHealthy} healthy pods and has {status.CurrentHealthy} currently");
        }

        if (dryRun) return Allowance.Given;
        int left = status.DisruptionsAllowed - 1;
        var going = new Dictionary<string, DateTimeOffset>(status.DisruptedPods ?? new Dictionary<string, DateTimeOffset>())
        {
            [pod.Key.Name] = time.GetUtcNow(),
        };
        JsonObject next = stored.ToDocument();
        next["status"] = JsonSerializer.SerializeToNode(
            status with
            {
                DisruptionsAllowed = left,
                DisruptedPods = going,
                Conditions = [BudgetRules.Condition(budget, left, time.GetUtcNow())],
            },
            ResourceJson.Options);
        return await writer.UpdateAsync(stored, PreparedObject.Of(next), isStatus: true) is null ? Allowance.Refused : Allowance.Given;
    }

    /// <summary>Whether a Pod that is not ready may go without using the budget.</summary>
    private static bool IsFree(PodDisruptionBudget budget, PodDisruptionBudgetStatus status, JsonObject pod)
    {
        if (BudgetRules.IsReady(pod)) return false;
        bool always = budget.Spec?.UnhealthyPodEvictionPolicy == "AlwaysAllow";
        return always || (status.DesiredHealthy > 0 && status.CurrentHealthy >= status.DesiredHealthy);
    }

    /// <summary>Says in the Pod why it goes and deletes it; false where another write of it came first.</summary>
    private async Task<bool> GoAsync(StoredObject pod, DeletionOptions options)
    {
        JsonObject after = deletion.Mark(pod.Document, options.Propagation, options.GraceSeconds);
        if (ObjectWriter.IsHeld(after))
        {
            PodConditions.Set(after, "DisruptionTarget", "EvictionByEvictionAPI", "Eviction API: evicting", time.GetUtcNow());
        }

        return await deletion.StoreAsync(pod, after) is not null;
    }

    private static StatusError TooMany(string cause, int? retrySeconds = null) => new(
        429,
        "TooManyRequests",
        Refusal,
        new StatusDetails
        {
            Causes = [new StatusCause { Reason = "DisruptionBudget", Message = cause }],
            RetryAfterSeconds = retrySeconds,
        });

    private static StatusResponse Success() => new(new Status { Outcome = "Success", Code = 201 });

    /// <summary>Whether a Pod may go.</summary>
    private sealed record Allowance(bool IsGiven)
    {
        public static Allowance Given { get; } = new(true);

        public static Allowance Refused { get; } = new(false);
    }
}
