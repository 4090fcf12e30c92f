using System.Net;
using Trireme.Contracts.Resources;

namespace Trireme.Kubernetes;

/// <summary>An answer of the API server other than success, with the reasons it gave.</summary>
public sealed class ApiException : Exception
{
    public ApiException(HttpMethod method, Uri path, HttpStatusCode statusCode, Status status)
        : base($"{method} {path} was answered {(int)statusCode} {status.Reason ?? statusCode.ToString()}: {Shorten(status.Message)}")
    {
        StatusCode = statusCode;
        Status = status;
    }

    /// <summary>An error that arrived inside a watch, where there is no HTTP status of its own.</summary>
    internal ApiException(Uri path, Status status)
        : this(HttpMethod.Get, path, (HttpStatusCode)(status.Code ?? 500), status)
    {
    }

    public HttpStatusCode StatusCode { get; }

    public Status Status { get; }

    public bool IsNotFound => StatusCode == HttpStatusCode.NotFound;

    /// <summary>The object changed since it was read: read it again and redo the change.</summary>
    public bool IsConflict => StatusCode == HttpStatusCode.Conflict && !IsAlreadyExists;

    public bool IsAlreadyExists => StatusCode == HttpStatusCode.Conflict && Status.Reason == "AlreadyExists";

    /// <summary>The revision asked for is no longer kept: list again.</summary>
    public bool IsGone => StatusCode == HttpStatusCode.Gone;

    /// <summary>The object breaks the schema or a rule; retrying the same object is useless.</summary>
    public bool IsInvalid => StatusCode == HttpStatusCode.UnprocessableEntity;

    public TimeSpan? RetryAfter => Status.Details?.RetryAfterSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    private static string Shorten(string? message) => message is { Length: > 500 } ? message[..500] + "…" : message ?? "no message";
}
