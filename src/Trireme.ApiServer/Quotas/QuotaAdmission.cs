using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.ApiServer.Workloads;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.Quotas;

/// <summary>
/// Holds namespaces to their quotas. Where a namespace has one that counts what is made, creations are made one after the other, each
/// looked at when the one before is on disk, against what the store holds then: however many come at once, and whenever the server dies,
/// the sum never passes a limit, and what was deleted is free.
/// </summary>
internal sealed class QuotaAdmission(
    NamespacedIndex<ResourceQuota> quotas, LimitRanges limits, QuotaTally tally, QuotaStatuses statuses)
{
    /// <summary>One for each namespace that has a quota, and there are never more of those than namespaces were made.</summary>
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _turns = new();

    /// <summary>Looks at a creation, and keeps others that count away until the turn is disposed of.</summary>
    public async ValueTask<QuotaTurn> EnterAsync(ApiRequest request, PreparedObject next)
    {
        string @namespace = request.Namespace;
        bool isPod = request.Resource.Definition.ClrType == typeof(Pod);
        if (isPod && limits.Refusal(@namespace, next.Document) is { } outside) return Refused(request, next, outside);
        if (@namespace.Length == 0 || !quotas.Any(@namespace)) return default;
        string kind = request.Resource.QualifiedPlural;
        bool isConcerned = quotas.In(@namespace).Any(quota => QuotaUsage.OfNew(quota, kind, next.Document).Count > 0 || Misses(quota));
        if (!isConcerned) return default;
        SemaphoreSlim place = _turns.GetOrAdd(@namespace, static _ => new SemaphoreSlim(1, 1));
        await place.WaitAsync(request.Http.RequestAborted);
        try
        {
            if (Refusal(kind, next.Document, tally.Of(@namespace)) is not { } why) return new QuotaTurn(place, null);
            // Who is refused looks at the quota next, and must find the numbers it was refused by.
            await statuses.WriteAsync(@namespace);
            place.Release();
            return Refused(request, next, why);
        }
        catch
        {
            place.Release();
            throw;
        }

        bool Misses(ResourceQuota quota) => isPod && QuotaUsage.Unspecified(quota, next.Document) is not null;
    }

    /// <summary>Why an object is refused, in Kubernetes' words; null where it may be made.</summary>
    private static string? Refusal(
        string kind, JsonObject document, IEnumerable<(ResourceQuota Quota, Dictionary<string, Quantity> Used)> quotas)
    {
        foreach ((ResourceQuota quota, Dictionary<string, Quantity> used) in quotas)
        {
            string name = quota.Metadata.Name;
            bool isPod = kind == QuotaResources.Pods;
            if (isPod && QuotaUsage.Unspecified(quota, document) is { } missing) return $"failed quota: {name}: must specify {missing}";
            Dictionary<string, Quantity> taken = QuotaUsage.OfNew(quota, kind, document);
            Dictionary<string, Quantity> hard = Hard(quota);
            string[] over =
            [
                .. taken.Keys
                    .Where(resource => taken[resource].Value > 0 && hard.ContainsKey(resource))
                    .Where(resource => used.GetValueOrDefault(resource) + taken[resource] > hard[resource])
                    .Order(StringComparer.Ordinal),
            ];
            if (over.Length == 0) continue;
            return $"exceeded quota: {name}, requested: {List(over, taken)}, used: {List(over, used)}, limited: {List(over, hard)}";
        }

        return null;
    }

    private static Dictionary<string, Quantity> Hard(ResourceQuota quota)
    {
        var hard = new Dictionary<string, Quantity>();
        foreach ((string name, string text) in quota.Spec?.Hard ?? new Dictionary<string, string>())
        {
            if (Quantity.TryParse(text, out Quantity amount)) hard[name] = amount;
        }

        return hard;
    }

    private static string List(IEnumerable<string> names, Dictionary<string, Quantity> amounts) =>
        string.Join(",", names.Select(name => $"{name}={amounts.GetValueOrDefault(name)}"));

    private static QuotaTurn Refused(ApiRequest request, PreparedObject next, string why) =>
        new(null, StatusErrors.Forbidden(request.Resource, next.Document.Name(), why));
}

/// <summary>A turn to make an object in a namespace with quotas.</summary>
/// <param name="held">What others wait for; null where nobody need.</param>
/// <param name="refusal">Why the object is not made; null where it may be.</param>
internal readonly struct QuotaTurn(SemaphoreSlim? held, StatusError? refusal) : IDisposable
{
    public StatusError? Refusal => refusal;

    public void Dispose() => held?.Release();
}
