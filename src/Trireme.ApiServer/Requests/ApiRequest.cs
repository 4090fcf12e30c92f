using System.Globalization;
using Microsoft.AspNetCore.Http;
using Trireme.ApiServer.Definitions;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Tables;
using Trireme.Contracts.Identity;

namespace Trireme.ApiServer.Requests;

/// <summary>A request for a kind that is served.</summary>
internal sealed record ApiRequest
{
    public const string StatusSubresource = "status";
    public const string FinalizeSubresource = "finalize";
    public const string ScaleSubresource = "scale";

    public required HttpContext Http { get; init; }

    public required ServedResource Resource { get; init; }

    public UserInfo User { get; init; } = UserInfo.Anonymous;

    /// <summary>Empty for cluster-scoped kinds and for requests across all namespaces.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>Null for requests to a collection.</summary>
    public string? Name { get; init; }

    /// <summary>One of the kind's subresources, such as "status", or empty for the object itself.</summary>
    public string Subresource { get; init; } = "";

    /// <summary>In what form it is answered.</summary>
    public AcceptedForm Form { get; init; } = AcceptedForm.Json;

    public bool IsStatus => Subresource == StatusSubresource;

    public bool IsFinalize => Subresource == FinalizeSubresource;

    /// <summary>The kind of an object that comes with the server, if the request names such a one.</summary>
    public IFixedKind? FixedObject => Name is { } name && Resource.Fixed?.Get(name) is not null ? Resource.Fixed.Kind : null;

    public ObjectKey Key => new(Resource, Namespace, Name ?? "");

    /// <summary>Finds the kind a request is about, or says that there is nothing at its path.</summary>
    public static Outcome<ApiRequest> Resolve(HttpContext http, RequestInfo info, UserInfo user, ServedResources resources)
    {
        bool found = info.Resource is not null && !info.IsOverlong;
        if (!found || resources.Find(info.Group, info.Version, info.Resource!) is not { } resource)
        {
            return StatusErrors.UnknownPath(info.Path);
        }

        string @namespace = resource == resources.Namespace ? "" : info.Namespace;
        bool misplaced = @namespace.Length > 0 ? !resource.Definition.Namespaced : resource.Definition.Namespaced && info.Name is not null;
        bool known = info.Subresource.Length == 0 || resource.FindSubresource(info.Subresource) is not null;
        if (misplaced || !known) return StatusErrors.UnknownPath(info.Path);
        return new ApiRequest
        {
            Http = http,
            Resource = resource,
            User = user,
            Namespace = @namespace,
            Name = info.Name,
            Subresource = info.Subresource,
        };
    }

    public string? Query(string name) => Http.Request.Query.TryGetValue(name, out var values) ? values.ToString() : null;

    public bool Switch(string name) => Query(name) is { } value && IsTrue(value);

    /// <summary>True for "true", "1" and a name without value, as Kubernetes reads its switches.</summary>
    public static bool IsTrue(string value) => value is "" or "1" or "true" or "True";

    /// <summary>An optional whole number; whether it may be negative is for who asks.</summary>
    public Outcome<NumberParameter> Number(string name)
    {
        if (Query(name) is not { Length: > 0 } text) return new NumberParameter(null);
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
            ? new NumberParameter(number)
            : StatusErrors.BadRequest($"query parameter {name}=\"{text}\" must be a whole number");
    }

    /// <summary>The revision a read asks for: null for the present one, zero for any.</summary>
    public Outcome<NumberParameter> Revision()
    {
        if (Query("resourceVersion") is not { Length: > 0 } text) return new NumberParameter(null);
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long revision)
            ? new NumberParameter(revision)
            : StatusErrors.BadRequest(
                $"invalid resource version: resourceVersion: Invalid value: \"{text}\": must be one that this server has told, or 0");
    }
}

/// <summary>An optional whole number from the query.</summary>
internal sealed record NumberParameter(long? Value);
