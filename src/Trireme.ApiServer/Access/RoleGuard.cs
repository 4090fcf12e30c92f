using System.Text.Json.Nodes;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Resources;

namespace Trireme.ApiServer.Access;

/// <summary>
/// Keeps everybody from giving what they do not have: who writes a role must hold all its rules or have the verb "escalate" on it, who
/// binds one must hold them or have the verb "bind" on it (k8s.io/kubernetes, pkg/registry/rbac, policybased).
/// </summary>
internal sealed class RoleGuard(AccessRules access)
{
    /// <summary>What only an administrator may gather by labels, for it may come to anything.</summary>
    private static readonly PolicyRule[] Everything =
    [
        new() { Verbs = [PolicyRule.All], ApiGroups = [PolicyRule.All], Resources = [PolicyRule.All] },
        new() { Verbs = [PolicyRule.All], NonResourceURLs = [PolicyRule.All] },
    ];

    /// <summary>Fields by which the collector works; a change of no others grants nothing.</summary>
    private static readonly string[] CollectorFields = ["finalizers", "ownerReferences", "managedFields", "resourceVersion"];

    /// <summary>Why a role or binding may not be written; null for all other kinds and where it may.</summary>
    /// <param name="request">Who writes what.</param>
    /// <param name="before">The stored state; null for a new object.</param>
    /// <param name="after">The next state, which is valid.</param>
    public async ValueTask<StatusError?> RefusalAsync(ApiRequest request, JsonObject? before, JsonObject after)
    {
        if (access.Policy is not { } policy || request.User.IsIn(WellKnownGroups.Masters)) return null;
        Type kind = request.Resource.Definition.ClrType;
        bool guarded = kind == typeof(Role) || kind == typeof(ClusterRole) || typeof(IRoleBinding).IsAssignableFrom(kind);
        if (!guarded || (before is not null && GrantsTheSame(before, after))) return null;
        return AccessFeed.Parse(request.Resource.Definition, after.ToBytes()) switch
        {
            Role role => await OfRoleAsync(request, policy, role.Metadata.Name, role.Rules),
            ClusterRole role => await OfClusterRoleAsync(request, policy, role),
            IRoleBinding binding => await OfBindingAsync(request, policy, binding),
            _ => null,
        };
    }

    private async ValueTask<StatusError?> OfClusterRoleAsync(ApiRequest request, IAccessPolicy policy, ClusterRole role)
    {
        bool gathers = role.AggregationRule is not null && policy.Escalation(request.User, "", Everything) is not null;
        if (await OfRoleAsync(request, policy, role.Metadata.Name, role.Rules) is { } refusal) return refusal;
        return gathers && !await MayAsync(request, "escalate", request.Resource.Definition.Plural, request.Name ?? "")
            ? StatusErrors.Forbidden(
                request.Resource, role.Metadata.Name, "must have cluster-admin privileges to use an aggregationRule")
            : null;
    }

    private async ValueTask<StatusError?> OfRoleAsync(
        ApiRequest request, IAccessPolicy policy, string name, IReadOnlyList<PolicyRule>? rules)
    {
        if (policy.Escalation(request.User, request.Namespace, rules ?? []) is not { } why) return null;
        return await MayAsync(request, "escalate", request.Resource.Definition.Plural, request.Name ?? "")
            ? null
            : StatusErrors.Forbidden(request.Resource, name, why);
    }

    private async ValueTask<StatusError?> OfBindingAsync(ApiRequest request, IAccessPolicy policy, IRoleBinding binding)
    {
        RoleRef role = binding.RoleRef!;
        string plural = role.Kind == Role.TypeKind ? "roles" : "clusterroles";
        if (await MayAsync(request, "bind", plural, role.Name)) return null;
        if (policy.RulesOf(role, request.Namespace) is not { } rules)
        {
            return StatusErrors.NotFound($"{plural}.{RbacApi.Group}", role.Name, RbacApi.Group, plural);
        }

        return policy.Escalation(request.User, request.Namespace, rules) is { } why
            ? StatusErrors.Forbidden(request.Resource, binding.Metadata.Name, why)
            : null;
    }

    private async ValueTask<bool> MayAsync(ApiRequest request, string verb, string resource, string name)
    {
        var question = new AccessRequest
        {
            User = request.User,
            Verb = verb,
            Group = RbacApi.Group,
            Version = "*",
            Resource = resource,
            Namespace = request.Namespace,
            Name = name,
        };
        return (await access.AuthorizeAsync(question, request.Http.RequestAborted)).IsAllowed;
    }

    /// <summary>True if nothing but what the collector writes is another.</summary>
    private static bool GrantsTheSame(JsonObject before, JsonObject after) =>
        JsonNode.DeepEquals(Without(before, CollectorFields), Without(after, CollectorFields));

    private static JsonObject Without(JsonObject document, string[] fields)
    {
        JsonObject copy = document.DeepClone().AsObject();
        foreach (string field in fields) copy.Metadata().Remove(field);
        return copy;
    }
}
