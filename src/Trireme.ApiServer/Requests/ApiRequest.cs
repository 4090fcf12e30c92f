using System.Globalization;
using Microsoft.AspNetCore.Http;
using Trireme.ApiServer.Resources;

namespace Trireme.ApiServer.Requests;

/// <summary>What a request is about, read from its method and path.</summary>
internal sealed record ApiRequest
{
    public const string StatusSubresource = "status";

    public required HttpContext Http { get; init; }

    public required ServedResource Resource { get; init; }

    /// <summary>Empty for cluster-scoped kinds and for requests across all namespaces.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>Null for requests to a collection.</summary>
    public string? Name { get; init; }

    /// <summary>"status", or empty for the object itself.</summary>
    public string Subresource { get; init; } = "";

    public bool IsStatus => Subresource == StatusSubresource;

    public ObjectKey Key => new(Resource, Namespace, Name ?? "");

    public string? Query(string name) => Http.Request.Query.TryGetValue(name, out var values) ? values.ToString() : null;

    /// <summary>True for "true", "1" and a name without value, as Kubernetes reads its switches.</summary>
    public bool Switch(string name) => Query(name) is { } value && value is "" or "1" or "true" or "True";

    public Outcome<NumberParameter> Number(string name)
    {
        if (Query(name) is not { Length: > 0 } text) return new NumberParameter(null);
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? new NumberParameter(number)
            : ApiErrors.BadRequest($"query parameter {name}=\"{text}\" must be a whole number");
    }
}

/// <summary>An optional whole number from the query.</summary>
internal sealed record NumberParameter(long? Value);
