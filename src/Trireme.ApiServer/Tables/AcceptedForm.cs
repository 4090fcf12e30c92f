using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Trireme.ApiServer.Requests;

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
/// <param name="MetaVersion">The version of the group meta.k8s.io in which tables and metadata are written.</param>
/// <param name="IsYaml">True for YAML instead of JSON.</param>
/// <param name="IncludeObject">What a table row carries beside its cells: None, Metadata or Object.</param>
internal sealed record AcceptedForm(
    AcceptedKind Kind, string MetaVersion = AcceptedForm.CurrentMeta, bool IsYaml = false, string IncludeObject = "Metadata")
{
    private const string MetaGroup = "meta.k8s.io";
    private const string CurrentMeta = "v1";

    private static readonly string[] Inclusions = ["None", "Metadata", "Object"];

    /// <summary>What is answered where a client does not say, or takes anything.</summary>
    public static AcceptedForm Json { get; } = new(AcceptedKind.Full);

    /// <summary>The best of the forms a client accepts; an error where none of them is served.</summary>
    /// <param name="request">The request.</param>
    /// <param name="isStream">True for a watch, which has no form in YAML.</param>
    public static Outcome<AcceptedForm> Of(HttpRequest request, bool isStream = false)
    {
        StringValues accept = request.Headers.Accept;
        if (accept.Count == 0 || (accept.Count == 1 && accept[0] is null or "" or "*/*" or RequestContent.Json)) return Json;
        if (!MediaTypeHeaderValue.TryParseList(accept, out IList<MediaTypeHeaderValue>? types)) return StatusErrors.NotAcceptable();
        foreach (MediaTypeHeaderValue type in types.OrderByDescending(static type => type.Quality ?? 1))
        {
            if (FormOf(type, isStream) is not { } form) continue;
            string include = request.Query["includeObject"].ToString();
            if (form.Kind != AcceptedKind.Table || include.Length == 0) return form;
            return Inclusions.Contains(include)
                ? form with { IncludeObject = include }
                : StatusErrors.BadRequest(
                    $"Unable to convert to Table as requested: includeObject: Invalid value: \"{include}\": "
                    + "must be 'Metadata', 'Object', 'None', or empty");
        }

        return StatusErrors.NotAcceptable();
    }

    private static AcceptedForm? FormOf(MediaTypeHeaderValue type, bool isStream)
    {
        bool json = type.MediaType == RequestContent.Json || type.MatchesAllTypes || type.MediaType == "application/*";
        bool yaml = type.MediaType == RequestContent.Yaml && !isStream;
        if ((!json && !yaml) || type.Quality == 0) return null;
        AcceptedKind? kind = Parameter(type, "as") switch
        {
            null => AcceptedKind.Full,
            "Table" => AcceptedKind.Table,
            "PartialObjectMetadata" or "PartialObjectMetadataList" => AcceptedKind.Metadata,
            _ => null,
        };
        if (kind is not { } known) return null;
        if (known == AcceptedKind.Full) return new AcceptedForm(known, IsYaml: yaml);
        string version = Parameter(type, "v") ?? CurrentMeta;
        bool served = Parameter(type, "g") is null or MetaGroup && version is CurrentMeta or "v1beta1";
        return served ? new AcceptedForm(known, version, yaml) : null;
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
