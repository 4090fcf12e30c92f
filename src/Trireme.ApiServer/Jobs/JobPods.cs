using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Trireme.ApiServer.GarbageCollection;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Resources;

namespace Trireme.ApiServer.Jobs;

/// <summary>The Pods of Jobs: finds, makes, deletes them and lets them go.</summary>
internal sealed class JobPods(ObjectStore store, ServedResources resources, CreateOperation create, ObjectDeletion deletion)
{
    private const string Manager = "job-controller";

    private static readonly UserInfo User = new() { Name = "system:serviceaccount:kube-system:job-controller" };

    private readonly ServedResource? _pods = resources.Find("pods");

    public ServedResource? Resource => _pods;

    /// <summary>The Pods that a Job owns.</summary>
    public StoredObject[] Of(StoredObject job) =>
        [.. store.Read(reader => reader.Dependents(job.Uid)).Where(dependent => dependent.Key.Resource == _pods)];

    /// <summary>The Pods that are held for a Job of a name whose Job is not there any more.</summary>
    /// <param name="job">Where the Job was, or another of its name is.</param>
    /// <param name="uid">UID of the Job that is there; null where none is.</param>
    public StoredObject[] Orphans(ObjectKey job, string? uid)
    {
        var query = new ListQuery(_pods!, job.Namespace, IsHeld) { Hint = new IndexHint(JobRules.NameLabel, [job.Name]) };
        return [.. store.List(query).Objects];

        bool IsHeld(StoredObject pod) => JobPod.Of(pod).IsTracked
            && pod.Document.Labels()?.Text(JobRules.NameLabel) == job.Name
            && !pod.Document.OwnerReferences().Any(owner => owner.Text("uid") is { } of && of == uid);
    }

    /// <summary>Makes one Pod, as any client would: quotas and limits hold for it.</summary>
    public async Task<Outcome<StoredObject>> CreateAsync(StoredObject job)
    {
        JsonObject document = Document(job);
        var request = new ApiRequest
        {
            Http = new DefaultHttpContext(),
            Resource = _pods!,
            User = User,
            Namespace = job.Key.Namespace,
        };
        var options = new WriteOptions(DryRun: false, Manager, FieldValidation.Ignore, Force: false);
        if ((await create.CreateAsync(request, document, options)).Failed(out StatusError? error, out _)) return error;
        return store.Get(new ObjectKey(_pods!, job.Key.Namespace, document.Name())) is { } made
            ? made
            : StatusErrors.NotFound(_pods!, document.Name());
    }

    public Task DeleteAsync(StoredObject pod) => deletion.DeleteAsync(pod, DeletionPropagation.Background);

    /// <summary>Lets a Pod go whose end is noted.</summary>
    public Task ReleaseAsync(StoredObject pod) => deletion.ChangeAsync(pod, static document => document.Metadata().SetTextList(
        "finalizers", [.. document.Metadata().TextList("finalizers").Where(static name => name != JobRules.Finalizer)]));

    private static JsonObject Document(StoredObject job)
    {
        JsonObject template = (job.Document.Find("spec", "template") as JsonObject)!;
        string prefix = job.Key.Name + "-";
        var metadata = new JsonObject
        {
            ["name"] = CreateOperation.Generate(prefix),
            ["generateName"] = prefix,
            ["namespace"] = job.Key.Namespace,
            ["finalizers"] = new JsonArray(JobRules.Finalizer),
            ["ownerReferences"] = new JsonArray(new JsonObject
            {
                ["apiVersion"] = Job.TypeApiVersion,
                ["kind"] = Job.TypeKind,
                ["name"] = job.Key.Name,
                ["uid"] = job.Uid,
                ["controller"] = true,
                ["blockOwnerDeletion"] = true,
            }),
        };
        foreach (string map in (ReadOnlySpan<string>)["labels", "annotations"])
        {
            if (template.Find("metadata", map) is { } values) metadata[map] = values.DeepClone();
        }

        return new JsonObject
        {
            ["apiVersion"] = Pod.TypeApiVersion,
            ["kind"] = Pod.TypeKind,
            ["metadata"] = metadata,
            ["spec"] = template["spec"]!.DeepClone(),
        };
    }
}
