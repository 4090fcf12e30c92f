using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Resources;

/// <summary>Kubernetes' rules for roles and bindings, in its words (pkg/apis/rbac/validation).</summary>
internal static class RbacRules
{
    public static void ValidateRules(IReadOnlyList<PolicyRule>? rules, bool namespaced, FieldErrors errors)
    {
        for (int i = 0; i < rules?.Count; i++) ValidateRule(rules[i], namespaced, $"rules[{i}]", errors);
    }

    public static void ValidateBinding(
        RoleRef? role, IReadOnlyList<Subject>? subjects, string[] roleKinds, bool namespaced, FieldErrors errors)
    {
        role ??= new RoleRef();
        if (role.ApiGroup != RbacApi.Group) NotSupported("roleRef.apiGroup", role.ApiGroup, [RbacApi.Group], errors);
        if (!roleKinds.Contains(role.Kind)) NotSupported("roleRef.kind", role.Kind, roleKinds, errors);
        if (role.Name.Length == 0)
        {
            errors.Required("roleRef.name", "Required value");
        }
        else if (NameRules.PathSegmentFault(role.Name) is { } fault)
        {
            errors.Invalid("roleRef.name", $"Invalid value: \"{role.Name}\": {fault.Replace('"', '\'')}");
        }

        for (int i = 0; i < subjects?.Count; i++) ValidateSubject(subjects[i], namespaced, $"subjects[{i}]", errors);
    }

    private static void ValidateRule(PolicyRule rule, bool namespaced, string field, FieldErrors errors)
    {
        if (rule.Verbs is not { Count: > 0 })
        {
            errors.Required(field + ".verbs", "Required value: verbs must contain at least one value");
        }

        if (rule.NonResourceURLs is { Count: > 0 } paths)
        {
            string value = $"[{string.Join(',', paths.Select(static path => $"\"{path}\""))}]";
            if (namespaced)
            {
                errors.Invalid(
                    field + ".nonResourceURLs", $"Invalid value: {value}: namespaced rules cannot apply to non-resource URLs");
            }

            bool mixed = rule.ApiGroups is { Count: > 0 } || rule.Resources is { Count: > 0 } || rule.ResourceNames is { Count: > 0 };
            if (mixed)
            {
                errors.Invalid(
                    field + ".nonResourceURLs",
                    $"Invalid value: {value}: rules cannot apply to both regular resources and non-resource URLs");
            }

            return;
        }

        if (rule.ApiGroups is not { Count: > 0 })
        {
            errors.Required(field + ".apiGroups", "Required value: resource rules must supply at least one api group");
        }

        if (rule.Resources is not { Count: > 0 })
        {
            errors.Required(field + ".resources", "Required value: resource rules must supply at least one resource");
        }
    }

    private static void ValidateSubject(Subject subject, bool namespaced, string field, FieldErrors errors)
    {
        if (subject.Name.Length == 0) errors.Required(field + ".name", "Required value");
        switch (subject.Kind)
        {
            case Subject.ServiceAccount:
                if (subject.Name.Length > 0 && !NameRules.IsSubdomain(subject.Name))
                {
                    errors.Invalid(field + ".name", $"Invalid value: \"{subject.Name}\": {NameRules.SubdomainRule}");
                }

                if (subject.ApiGroup is { Length: > 0 }) NotSupported(field + ".apiGroup", subject.ApiGroup, [""], errors);
                if (!namespaced && string.IsNullOrEmpty(subject.Namespace)) errors.Required(field + ".namespace", "Required value");
                break;
            case Subject.User or Subject.Group:
                if (subject.ApiGroup != RbacApi.Group) NotSupported(field + ".apiGroup", subject.ApiGroup, [RbacApi.Group], errors);
                break;
            default:
                NotSupported(field + ".kind", subject.Kind, [Subject.ServiceAccount, Subject.User, Subject.Group], errors);
                break;
        }
    }

    private static void NotSupported(string field, string? value, string[] supported, FieldErrors errors) => errors.Add(
        field,
        FieldErrorType.NotSupported,
        $"Unsupported value: \"{value}\": supported values: {string.Join(", ", supported.Select(static one => $"\"{one}\""))}");
}
