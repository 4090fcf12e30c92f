using Trireme.ApiServer.Projections;
using Trireme.ApiServer.Selectors;
using Trireme.ApiServer.Storage;

namespace Trireme.ApiServer.Requests;

/// <summary>GET of an object or a list.</summary>
internal sealed class ReadOperation(ObjectView view)
{
    public ResourceResponse Get(ApiRequest request) => view.Get(request.Key) is { } stored
        ? new ObjectResponse(200, request.Resource, stored.Json)
        : StatusErrors.NotFound(request.Resource, request.Name!);

    public ResourceResponse List(ApiRequest request)
    {
        if (ListOptions.FaultOfList(request) is { } fault) return fault;
        if (ReadSelector(request).Failed(out StatusError? error, out Selector? selector)) return error;
        if (request.Number("limit").Failed(out error, out NumberParameter? limit)) return error;
        if (request.Number("resourceVersion").Failed(out error, out NumberParameter? revision)) return error;

        ContinueToken? after = null;
        if (request.Query("continue") is { Length: > 0 } token && (after = ContinueToken.Parse(token)) is null)
        {
            return StatusErrors.BadRequest("continue key is not valid; start the list again without it");
        }

        int most = (int)Math.Min(limit.Value ?? 0, int.MaxValue);
        ObjectPage page = view.List(new ListQuery(
            request.Resource, request.Namespace, selector.IsEverything ? null : selector.Matches, most, after));
        if (page.IsExpired)
        {
            return StatusErrors.Expired("The provided continue parameter is too old; start the list again without it");
        }

        if (revision.Value > page.Revision) return StatusErrors.RevisionTooLarge(revision.Value.Value, page.Revision);
        bool exact = request.Query("resourceVersionMatch") == "Exact";
        return exact && revision.Value != page.Revision
            ? StatusErrors.Expired($"the store keeps current objects only; revision {revision.Value} is not the current {page.Revision}")
            : new ListResponse(request.Resource, page);
    }

    public static Outcome<Selector> ReadSelector(ApiRequest request)
    {
        if (LabelSelector.Parse(request.Query("labelSelector")).Failed(out StatusError? error, out LabelSelector? labels)) return error;
        string? text = request.Query("fieldSelector");
        if (FieldSelector.Parse(text, request.Resource).Failed(out error, out FieldSelector? fields)) return error;
        return new Selector(labels, fields);
    }
}
