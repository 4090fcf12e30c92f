using System.Text;
using Microsoft.AspNetCore.Http;
using Trireme.ApiServer.Requests;
using Trireme.Contracts.Http;
using Trireme.Contracts.Identity;

namespace Trireme.ApiServer.Access;

/// <summary>
/// Who a caller asks to be, and whether the caller may be that: by the verbs "impersonate:MODE" and "impersonate-on:MODE:VERB" together,
/// which allow single requests only, or by "impersonate", which allows all that the other may (k8s.io/apiserver, endpoints/filters/
/// impersonation).
/// </summary>
internal sealed class Impersonation(AccessRules access)
{
    private const string Authentication = "authentication.k8s.io";
    private const string NodePrefix = "system:node:";

    /// <summary>The user that the headers name; null where they name none.</summary>
    public static Outcome<Impersonated> Wanted(IHeaderDictionary headers)
    {
        string name = headers[TriremeHeaders.ImpersonateUser].ToString();
        string uid = headers[TriremeHeaders.ImpersonateUid].ToString();
        string[] groups = [.. headers[TriremeHeaders.ImpersonateGroup].Select(static group => group ?? "")];
        var extra = new SortedDictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (string header in headers.Keys)
        {
            if (!header.StartsWith(TriremeHeaders.ImpersonateExtraPrefix, StringComparison.OrdinalIgnoreCase)) continue;
            string key = Unescaped(header[TriremeHeaders.ImpersonateExtraPrefix.Length..].ToLowerInvariant());
            extra[key] = [.. extra.GetValueOrDefault(key, []), .. headers[header].Select(static value => value ?? "")];
        }

        if (name.Length > 0)
        {
            return new Impersonated(
                new UserInfo { Name = name, Uid = uid.Length > 0 ? uid : null, Groups = groups, Extra = extra });
        }

        return uid.Length == 0 && groups.Length == 0 && extra.Count == 0
            ? Impersonated.Nobody
            : StatusErrors.BadRequest($"requested {Go(uid, groups, extra)} without impersonating a user name");
    }

    /// <summary>The user that the caller is from here on, or why not.</summary>
    /// <param name="caller">Whose credentials the request carries.</param>
    /// <param name="wanted">Who the caller asks to be.</param>
    /// <param name="request">What is asked for, as the caller.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    public async ValueTask<Outcome<UserInfo>> BecomeAsync(
        UserInfo caller, UserInfo wanted, AccessRequest request, CancellationToken cancellationToken)
    {
        bool isAccount = ServiceAccountNames.TryParse(wanted.Name, out string @namespace, out _);
        bool isNode = wanted.Name.StartsWith(NodePrefix, StringComparison.Ordinal);
        bool bare = wanted is { Uid: null, Groups.Count: 0, Extra.Count: 0 };
        StatusError? first = null;
        string? mode = isAccount ? (bare ? "serviceaccount" : null)
            : isNode ? (bare ? "arbitrary-node" : null)
            : "user-info";
        if (mode is not null)
        {
            first = await RefusalAsync(request with { Verb = $"impersonate-on:{mode}:{request.Verb}" }, cancellationToken)
                ?? Unfit(caller, wanted, mode)
                ?? await RefusalAsync(Questions(caller, wanted, $"impersonate:{mode}", Authentication, isNode), cancellationToken);
            if (first is null) return Complete(wanted, isAccount ? @namespace : null, isNode);
        }

        StatusError? refusal = await RefusalAsync(Questions(caller, wanted, "impersonate", "", isNode: false), cancellationToken);
        return refusal is null ? Complete(wanted, isAccount ? @namespace : null, isNode: false) : first ?? refusal;
    }

    /// <summary>What must be allowed for each thing that the caller asks to be.</summary>
    private static IEnumerable<AccessRequest> Questions(UserInfo caller, UserInfo wanted, string verb, string group, bool isNode)
    {
        AccessRequest about = new() { User = caller, Verb = verb, Version = "v1" };
        if (ServiceAccountNames.TryParse(wanted.Name, out string @namespace, out string account))
        {
            yield return about with { Group = group, Resource = "serviceaccounts", Namespace = @namespace, Name = account };
        }
        else if (isNode)
        {
            yield return about with { Group = group, Resource = "nodes", Name = wanted.Name[NodePrefix.Length..] };
        }
        else
        {
            yield return about with { Group = group, Resource = "users", Name = wanted.Name };
        }

        if (wanted.Uid is { } uid) yield return about with { Group = Authentication, Resource = "uids", Name = uid };
        foreach (string one in wanted.Groups) yield return about with { Group = group, Resource = "groups", Name = one };
        foreach ((string key, IReadOnlyList<string> values) in wanted.Extra)
        {
            foreach (string value in values)
            {
                yield return about with { Group = Authentication, Resource = "userextras", Subresource = key, Name = value };
            }
        }
    }

    /// <summary>What the bounded way never gives: the group that may do everything.</summary>
    private static StatusError? Unfit(UserInfo caller, UserInfo wanted, string mode)
    {
        bool empty = wanted.Groups.Contains("");
        if (!empty && !wanted.Groups.Contains(WellKnownGroups.Masters)) return null;
        var question = new AccessRequest
        {
            User = caller,
            Verb = $"impersonate:{mode}",
            Group = Authentication,
            Resource = "groups",
            Name = empty ? "" : WellKnownGroups.Masters,
        };
        return StatusErrors.Forbidden(question, AccessDecision.Deny(
            empty ? "impersonating the empty string group is not allowed" : "impersonating the system:masters group is not allowed"));
    }

    private async ValueTask<StatusError?> RefusalAsync(IEnumerable<AccessRequest> questions, CancellationToken cancellationToken)
    {
        foreach (AccessRequest question in questions)
        {
            if (await RefusalAsync(question, cancellationToken) is { } refusal) return refusal;
        }

        return null;
    }

    private async ValueTask<StatusError?> RefusalAsync(AccessRequest question, CancellationToken cancellationToken)
    {
        AccessDecision decision = await access.AuthorizeAsync(question, cancellationToken);
        return decision.IsAllowed ? null : StatusErrors.Forbidden(question, decision);
    }

    private static UserInfo Complete(UserInfo wanted, string? accountNamespace, bool isNode)
    {
        IReadOnlyList<string> groups = isNode ? ["system:nodes"]
            : accountNamespace is not null && wanted.Groups.Count == 0 ? ServiceAccountNames.GroupsOf(accountNamespace)
            : wanted.Groups;
        string? everyone = wanted.Name == UserInfo.Anonymous.Name ? WellKnownGroups.Unauthenticated
            : groups.Contains(WellKnownGroups.Unauthenticated) ? null
            : WellKnownGroups.Authenticated;
        return everyone is null || groups.Contains(everyone)
            ? wanted with { Groups = groups }
            : wanted with { Groups = [.. groups, everyone] };
    }

    /// <summary>Takes "%2f" for a slash, as keys need it in the names of headers; a text that is not well escaped stays as it is.</summary>
    private static string Unescaped(string key)
    {
        int at = key.IndexOf('%', StringComparison.Ordinal);
        while (at >= 0)
        {
            bool escape = at + 2 < key.Length && Uri.IsHexDigit(key[at + 1]) && Uri.IsHexDigit(key[at + 2]);
            if (!escape) return key;
            at = key.IndexOf('%', at + 3);
        }

        return Uri.UnescapeDataString(key);
    }

    /// <summary>A user as Go prints one, by which clients of Kubernetes know the answer.</summary>
    private static string Go(string uid, string[] groups, SortedDictionary<string, IReadOnlyList<string>> extra)
    {
        var text = new StringBuilder($"&user.DefaultInfo{{Name:\"\", UID:\"{uid}\", Groups:{Texts(groups)}, Extra:map[string][]string");
        text.Append(extra.Count == 0
            ? "(nil)"
            : $"{{{string.Join(", ", extra.Select(static entry => $"\"{entry.Key}\":{Texts(entry.Value)}"))}}}");
        return text.Append('}').ToString();

        static string Texts(IReadOnlyCollection<string> values) => values.Count == 0
            ? "[]string(nil)"
            : $"[]string{{{string.Join(", ", values.Select(static value => $"\"{value}\""))}}}";
    }
}

/// <summary>Who a caller asks to be.</summary>
/// <param name="User">Null for a caller who asks to be nobody else.</param>
internal sealed record Impersonated(UserInfo? User)
{
    public static Impersonated Nobody { get; } = new(User: null);
}
