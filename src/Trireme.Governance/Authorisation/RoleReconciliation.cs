using Trireme.Contracts.Resources;

namespace Trireme.Governance.Authorisation;

/// <summary>
/// What becomes of default roles and bindings that somebody changed: what was taken away is put back, what was added stays, and one with
/// the annotation autoupdate "false" is left as it is (k8s.io/component-helpers, auth/rbac/reconciliation).
/// </summary>
internal static class RoleReconciliation
{
    public static IResource? Of(IResource stored, IResource wanted)
    {
        string? keep = stored.Metadata.Annotations?.GetValueOrDefault(RbacApi.AutoUpdateAnnotation);
        if (keep == "false") return null;
        ObjectMeta metadata = Metadata(stored.Metadata, wanted.Metadata);
        bool changed = metadata != stored.Metadata;
        switch (stored, wanted)
        {
            case (ClusterRole role, ClusterRole target):
                // The rules of a role that is gathered are the gatherer's.
                List<PolicyRule> rules = target.AggregationRule is null
                    ? RuleCoverage.Missing(role.Rules ?? [], target.Rules ?? [])
                    : [];
                bool gathers = target.AggregationRule is null || role.AggregationRule is not null;
                if (!changed && rules.Count == 0 && gathers) return null;
                return role with
                {
                    Metadata = metadata,
                    Rules = rules.Count == 0 ? role.Rules : [.. role.Rules ?? [], .. rules],
                    AggregationRule = role.AggregationRule ?? target.AggregationRule,
                };
            case (ClusterRoleBinding binding, ClusterRoleBinding target) when binding.RoleRef != target.RoleRef:
                // Somebody's own binding under the name: whom it binds is theirs to say.
                return null;
            case (ClusterRoleBinding binding, ClusterRoleBinding target):
                Subject[] subjects = [.. (target.Subjects ?? []).Except(binding.Subjects ?? [])];
                if (!changed && subjects.Length == 0) return null;
                return binding with { Metadata = metadata, Subjects = [.. binding.Subjects ?? [], .. subjects] };
            default:
                return null;
        }
    }

    private static ObjectMeta Metadata(ObjectMeta stored, ObjectMeta wanted)
    {
        IReadOnlyDictionary<string, string>? labels = Merged(stored.Labels, wanted.Labels);
        IReadOnlyDictionary<string, string>? annotations = Merged(stored.Annotations, wanted.Annotations);
        bool same = ReferenceEquals(labels, stored.Labels) && ReferenceEquals(annotations, stored.Annotations);
        return same ? stored : stored with { Labels = labels, Annotations = annotations };
    }

    private static IReadOnlyDictionary<string, string>? Merged(
        IReadOnlyDictionary<string, string>? stored, IReadOnlyDictionary<string, string>? wanted)
    {
        KeyValuePair<string, string>[] missing = [.. (wanted ?? new Dictionary<string, string>())
            .Where(entry => stored?.ContainsKey(entry.Key) != true)];
        if (missing.Length == 0) return stored;
        return new Dictionary<string, string>((stored ?? new Dictionary<string, string>()).Concat(missing));
    }
}
