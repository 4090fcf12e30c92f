using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Resources;

/// <summary>Kubernetes' rules for Jobs, in its words, and refusals of what this server does not do.</summary>
public static class JobRules
{
    /// <summary>The label by which a Job finds its Pods.</summary>
    public const string UidLabel = "batch.kubernetes.io/controller-uid";

    /// <summary>The label that says which Job a Pod is of.</summary>
    public const string NameLabel = "batch.kubernetes.io/job-name";

    /// <summary>What holds a Pod until its end is counted.</summary>
    public const string Finalizer = "batch.kubernetes.io/job-tracking";

    /// <summary>The labels that a Job and its Pods have, under their present and their older names.</summary>
    public static IReadOnlyDictionary<string, string> LabelsOf(string name, string uid) => new Dictionary<string, string>
    {
        [UidLabel] = uid, [NameLabel] = name, ["controller-uid"] = uid, ["job-name"] = name,
    };

    internal static void Validate(Job job, JobSpec spec, FieldErrors errors)
    {
        errors.NotNegative("spec.parallelism", spec.Parallelism);
        errors.NotNegative("spec.completions", spec.Completions);
        errors.NotNegative("spec.activeDeadlineSeconds", spec.ActiveDeadlineSeconds);
        errors.NotNegative("spec.backoffLimit", spec.BackoffLimit);
        errors.NotNegative("spec.ttlSecondsAfterFinished", spec.TtlSecondsAfterFinished);
        if (job.Metadata.Name.Length > NameRules.MaxNamePart)
        {
            // The name becomes a label of the Pods.
            errors.Wrong("metadata.name", job.Metadata.Name, "must be no more than 63 characters");
        }

        bool isOwn = spec.Selector is null
            || (spec.Selector is { MatchLabels: { Count: 1 } labels, MatchExpressions: null or { Count: 0 } }
                && labels.GetValueOrDefault(UidLabel) == job.Metadata.Uid);
        if (!isOwn) errors.Wrong("spec.selector", job.Metadata.Name, "`selector` not auto-generated; leave it out");
        RefuseUnsupported(spec, errors);
        const string Template = "spec.template.spec";
        if (spec.Template.Spec is not { } pod)
        {
            errors.Missing(Template);
            return;
        }

        PodRules.Validate(pod, Template, errors);
        if (pod.RestartPolicy is "Always" or null)
        {
            errors.Missing(Template + ".restartPolicy", "valid values: \"OnFailure\", \"Never\"");
        }
    }

    private static void RefuseUnsupported(JobSpec spec, FieldErrors errors)
    {
        errors.OneOf("spec.completionMode", spec.CompletionMode, "NonIndexed");
        errors.OneOf("spec.podReplacementPolicy", spec.PodReplacementPolicy, "TerminatingOrFailed", "Failed");
        errors.OneOf("spec.managedBy", spec.ManagedBy, "kubernetes.io/job-controller");
        if (spec.ManualSelector == true) Refuse("manualSelector");
        if (spec.PodFailurePolicy is not null) Refuse("podFailurePolicy");
        if (spec.SuccessPolicy is not null) Refuse("successPolicy");
        if (spec.BackoffLimitPerIndex is not null) Refuse("backoffLimitPerIndex");
        if (spec.MaxFailedIndexes is not null) Refuse("maxFailedIndexes");

        void Refuse(string field) => errors.Forbid("spec." + field, "this server does not support it; leave it out");
    }
}
