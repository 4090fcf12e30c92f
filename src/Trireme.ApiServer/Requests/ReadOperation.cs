using Trireme.ApiServer.Projections;
using Trireme.ApiServer.Selectors;
using Trireme.ApiServer.Storage;

namespace Trireme.ApiServer.Requests;

/// <summary>GET of an object or a list.</summary>
internal sealed class ReadOperation(ObjectView view)
{
    private const long LimitedPageBytes = 4L << 20;

    public ResourceResponse Get(ApiRequest request)
    {
        if (request.Revision().Failed(out StatusError? error, out NumberParameter? revision)) return error;
        if (revision.Value > view.Revision) return StatusErrors.RevisionTooLarge(revision.Value.Value, view.Revision);
        return view.Get(request.Key) is { } stored
            ? new ObjectResponse(200, request.Resource, stored.Json)
            : StatusErrors.NotFound(request.Resource, request.Name!);
    }

    public ResourceResponse List(ApiRequest request)
    {
        if (ListOptions.FaultOfList(request) is { } fault) return fault;
        if (ReadSelector(request).Failed(out StatusError? error, out Selector? selector)) return error;
        if (request.Number("limit").Failed(out error, out NumberParameter? limit)) return error;
        if (request.Revision().Failed(out error, out NumberParameter? revision)) return error;
        ContinueToken? after = null;
        if (request.Query("continue") is { Length: > 0 } token)
        {
            if ((after = ContinueToken.Parse(token)) is null)
            {
                return StatusErrors.BadRequest("continue key is not valid; start the list again without it");
            }

            if (revision.Value > 0) return StatusErrors.BadRequest("specifying resource version is not allowed when using continue");
        }

        if (revision.Value > view.Revision) return StatusErrors.RevisionTooLarge(revision.Value.Value, view.Revision);
        int most = (int)Math.Clamp(limit.Value ?? 0, 0, int.MaxValue);
        ListQuery query = ListQuery.Of(request.Resource, request.Namespace, selector, most, after);
        if (ListOptions.IsExact(request, revision.Value, most)) query = query with { AtRevision = revision.Value };

        // Who names a limit gets fewer where they are large, as Kubernetes' own rule allows, and asks for the rest.
        if (most > 0) query = query with { Bytes = LimitedPageBytes };
        IEnumerator<ObjectPage> pages = (most > 0 ? [view.List(query)] : view.Pages(query)).GetEnumerator();
        pages.MoveNext();
        ObjectPage page = pages.Current;
        if (!page.IsExpired) return new ListResponse(request.Resource, page) { Rest = most > 0 ? null : pages };
        return after is null
            ? StatusErrors.Expired("The resourceVersion for the provided list is too old.")
            : StatusErrors.ContinueExpired(after with { Revision = page.Revision });
    }

    public static Outcome<Selector> ReadSelector(ApiRequest request)
    {
        if (LabelSelector.Parse(request.Query("labelSelector")).Failed(out StatusError? error, out LabelSelector? labels)) return error;
        string? text = request.Query("fieldSelector");
        if (FieldSelector.Parse(text, request.Resource).Failed(out error, out FieldSelector? fields)) return error;
        return new Selector(labels, fields);
    }
}
