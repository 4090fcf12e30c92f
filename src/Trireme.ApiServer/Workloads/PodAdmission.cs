using System.Text.Json.Nodes;
using Trireme.ApiServer.Quotas;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.Contracts.Resources;

namespace Trireme.ApiServer.Workloads;

/// <summary>What the server says of a new Pod beyond its defaults: its account, its priority, its limits, and how it is ranked.</summary>
internal sealed class PodAdmission(ObjectStore store, ServedResources resources, LimitRanges limits, TimeProvider time)
{
    private const string Preemption = "preemptionPolicy";

    /// <summary>Seconds that a Pod stays on a machine that is not ready or not reached, unless it says otherwise.</summary>
    private const int UnreadySeconds = 300;

    private static readonly string[] Taints = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];

    private readonly ServedResource? _classes = resources.Find("priorityclasses.scheduling.k8s.io");
    private readonly ServedResource? _accounts = resources.Find("serviceaccounts");

    /// <summary>Completes a new object of a workload in place, or says why it is refused.</summary>
    public StatusError? OnCreate(ApiRequest request, JsonObject document)
    {
        Type type = request.Resource.Definition.ClrType;
        if (type == typeof(PodPriorityClass)) return SecondDefault(request.Resource, document);
        if (type != typeof(Pod) || document["spec"] is not JsonObject spec) return null;
        if ((SetAccount(request.Namespace, spec) ?? SetPriority(spec)) is { } why)
        {
            return StatusErrors.Forbidden(request.Resource, document.Name(), why);
        }

        Tolerate(spec);
        limits.SetDefaults(request.Namespace, document);
        document["status"] = new JsonObject { ["phase"] = "Pending", ["qosClass"] = PodAmounts.QosOf(spec) };
        PodConditions.SetGated(document, time.GetUtcNow());
        return null;
    }

    private string? SetAccount(string @namespace, JsonObject spec)
    {
        string name = spec.Text("serviceAccountName") is { Length: > 0 } named ? named : ServiceAccount.Default;
        spec["serviceAccountName"] = name;
        spec["serviceAccount"] = name;
        // The default account comes with the namespace, which may be younger than the account.
        bool isThere = name == ServiceAccount.Default || _accounts is null || store.Exists(new ObjectKey(_accounts, @namespace, name));
        return isThere ? null : $"error looking up service account {@namespace}/{name}: serviceaccount \"{name}\" not found";
    }

    private string? SetPriority(JsonObject spec)
    {
        string? name = spec.Text("priorityClassName") is { Length: > 0 } named ? named : null;
        JsonObject? found = null;
        if (_classes is not null)
        {
            found = name is null ? Default() : store.Get(new ObjectKey(_classes, "", name))?.Document;
            if (name is not null && found is null) return $"no PriorityClass with name {name} was found";
        }

        if (name is null && found is not null) spec["priorityClassName"] = found.Name();
        string priority = found?["value"]?.ToString() ?? "0";
        string policy = found?.Text(Preemption) ?? "PreemptLowerPriority";
        if (spec["priority"]?.ToString() is { } asked && asked != priority)
        {
            return $"the integer value of priority ({asked}) must not be provided in pod spec; priority admission controller computed "
                + $"{priority} from the given PriorityClass name";
        }

        if (spec.Text(Preemption) is { Length: > 0 } wanted && wanted != policy)
        {
            return $"the string value of PreemptionPolicy ({wanted}) must not be provided in pod spec; priority admission controller "
                + $"computed {policy} from the given PriorityClass name";
        }

        spec["priority"] = int.Parse(priority, System.Globalization.CultureInfo.InvariantCulture);
        spec[Preemption] = policy;
        return null;
    }

    /// <summary>The class of Pods that name none; null where there is none.</summary>
    private JsonObject? Default() => store.List(new ListQuery(_classes!, "")).Objects
        .Select(static stored => stored.Document)
        .FirstOrDefault(static document => document["globalDefault"]?.ToString() == "true");

    private StatusError? SecondDefault(ServedResource resource, JsonObject document)
    {
        if (document["globalDefault"]?.ToString() != "true" || Default() is not { } present) return null;
        return StatusErrors.Forbidden(
            resource, document.Name(), $"PriorityClass {present.Name()} is already marked as default. Only one default can exist");
    }

    private static void Tolerate(JsonObject spec)
    {
        if (spec["tolerations"] is not JsonArray tolerations) spec["tolerations"] = tolerations = [];
        foreach (string taint in Taints)
        {
            if (tolerations.OfType<JsonObject>().Any(toleration => Covers(toleration, taint))) continue;
            tolerations.Add(new JsonObject
            {
                ["key"] = taint, ["operator"] = "Exists", ["effect"] = "NoExecute", ["tolerationSeconds"] = UnreadySeconds,
            });
        }
    }

    private static bool Covers(JsonObject toleration, string taint) =>
        (toleration.Text("key") ?? "") is var key && (key.Length == 0 || key == taint)
        && (toleration.Text("effect") ?? "") is "" or "NoExecute";
}
