using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Trireme.ApiServer.Tables;

internal enum AcceptedKind
{
    /// <summary>Objects as they are.</summary>
    Full,

    /// <summary>Rows of printed cells, as kubectl get asks for.</summary>
    Table,

    /// <summary>Only the objects' metadata.</summary>
    Metadata,
}

/// <summary>The form of objects a client accepts.</summary>
/// <param name="Kind">The form.</param>
/// <param name="IncludeObject">What a table row carries beside its cells: None, Metadata or Object.</param>
internal sealed record AcceptedForm(AcceptedKind Kind, string IncludeObject)
{
    public static AcceptedForm Of(HttpRequest request)
    {
        string include = request.Query["includeObject"].ToString();
        if (!MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out IList<MediaTypeHeaderValue>? accepted)) accepted = [];
        foreach (MediaTypeHeaderValue type in accepted)
        {
            if (type.MediaType != "application/json" && !type.MatchesAllTypes && type.MediaType != "application/*") continue;
            AcceptedKind? kind = Parameter(type, "as") switch
            {
                null => AcceptedKind.Full,
                "Table" => AcceptedKind.Table,
                "PartialObjectMetadata" or "PartialObjectMetadataList" => AcceptedKind.Metadata,
                _ => null,
            };
            if (kind is { } known) return new AcceptedForm(known, include.Length > 0 ? include : "Metadata");
        }

        return new AcceptedForm(AcceptedKind.Full, "Metadata");
    }

    private static string? Parameter(MediaTypeHeaderValue type, string name)
    {
        foreach (NameValueHeaderValue parameter in type.Parameters)
        {
            if (parameter.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) return parameter.Value.Value;
        }

        return null;
    }
}
