using System.Globalization;
using Trireme.ApiServer.Requests;
using Trireme.Contracts.Validation;

namespace Trireme.ApiServer.Pods;

/// <summary>What a request for a log asks for, as Kubernetes' PodLogOptions.</summary>
internal sealed record PodLogOptions
{
    public required PodLogRequest Lines { get; init; }

    /// <summary>Whether each line begins with the time it was written.</summary>
    public bool Timestamps { get; init; }

    /// <summary>The answer ends after so many bytes; null for no limit.</summary>
    public long? LimitBytes { get; init; }

    /// <param name="request">The request.</param>
    /// <param name="now">From when on seconds are counted back.</param>
    /// <param name="containers">The Pod's containers.</param>
    public static Outcome<PodLogOptions> Read(ApiRequest request, DateTimeOffset now, IReadOnlyList<string> containers)
    {
        string pod = request.Name!;
        string? container = request.Query("container") is { Length: > 0 } named ? named : null;
        if (container is not null && !containers.Contains(container))
        {
            return StatusErrors.BadRequest($"container {container} is not valid for pod {pod}");
        }

        if (container is null && containers.Count > 1)
        {
            return StatusErrors.BadRequest(
                $"a container name must be specified for pod {pod}, choose one of: [{string.Join(' ', containers)}]");
        }

        if (Number(request, "tailLines").Failed(out StatusError? error, out NumberParameter? tail)) return error;
        if (Number(request, "sinceSeconds").Failed(out error, out NumberParameter? seconds)) return error;
        if (Number(request, "limitBytes").Failed(out error, out NumberParameter? bytes)) return error;
        string? time = request.Query("sinceTime");
        DateTimeOffset since = default;
        if (time is { Length: > 0 } && !DateTimeOffset.TryParse(
            time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out since))
        {
            return StatusErrors.BadRequest($"query parameter sinceTime=\"{time}\" must be a time such as 2026-01-31T12:00:00Z");
        }

        FieldError[] errors =
        [
            .. Least("tailLines", tail.Value, 0),
            .. Least("sinceSeconds", seconds.Value, 1),
            .. Least("limitBytes", bytes.Value, 1),
            .. OnlyOne(time, seconds.Value),
            .. OnlyAll(request.Query("stream")),
        ];
        if (errors.Length > 0) return StatusErrors.InvalidOptions("PodLogOptions", errors);
        return new PodLogOptions
        {
            Timestamps = request.Switch("timestamps"),
            LimitBytes = bytes.Value,
            Lines = new PodLogRequest(request.Namespace, pod)
            {
                Previous = request.Switch("previous"),
                Follow = request.Switch("follow"),
                Since = time is { Length: > 0 } ? since : Before(now, seconds.Value),
                Tail = tail.Value is { } lines ? (int)Math.Min(lines, int.MaxValue) : null,
            },
        };
    }

    /// <summary>A number that may be negative, which is a wrong value and no wrong form.</summary>
    private static Outcome<NumberParameter> Number(ApiRequest request, string name)
    {
        if (request.Query(name) is not { Length: > 0 } text) return new NumberParameter(null);
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
            ? new NumberParameter(number)
            : StatusErrors.BadRequest($"query parameter {name}=\"{text}\" must be a whole number");
    }

    private static DateTimeOffset? Before(DateTimeOffset now, long? seconds) =>
        seconds is not { } back ? null
        : back >= (now - DateTimeOffset.UnixEpoch).TotalSeconds ? DateTimeOffset.UnixEpoch
        : now.AddSeconds(-back);

    private static IEnumerable<FieldError> Least(string field, long? value, long least)
    {
        if (value is not { } number || number >= least) yield break;
        string rule = least == 0 ? "must be greater than or equal to 0" : "must be greater than 0";
        string fault = string.Create(CultureInfo.InvariantCulture, $"Invalid value: {number}: {rule}");
        yield return new FieldError(field, FieldErrorType.Invalid, fault);
    }

    private static IEnumerable<FieldError> OnlyOne(string? time, long? seconds)
    {
        if (time is not { Length: > 0 } || seconds is null) yield break;
        yield return new FieldError(
            "sinceTime", FieldErrorType.Forbidden, "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified");
    }

    /// <summary>Both outputs of a process are one log.</summary>
    private static IEnumerable<FieldError> OnlyAll(string? stream)
    {
        if (stream is null or "" or "All") yield break;
        yield return new FieldError("stream", FieldErrorType.NotSupported, $"Unsupported value: \"{stream}\": supported values: \"All\"");
    }
}
