using Trireme.Contracts.Validation;

namespace Trireme.ApiServer.Requests;

/// <summary>Which parameters of lists and watches go together. A client that mixes others means something that it will not get.</summary>
internal static class ListOptions
{
    private const string Match = "resourceVersionMatch";
    private const string Initial = "sendInitialEvents";
    private const string Exact = "Exact";
    private const string NotOlderThan = "NotOlderThan";

    /// <summary>What is wrong with the parameters of a list; null for nothing.</summary>
    public static StatusError? FaultOfList(ApiRequest request)
    {
        string match = request.Query(Match) ?? "";
        string version = request.Query("resourceVersion") ?? "";
        var errors = new List<FieldError>();
        if (request.Query(Initial) is not null) errors.Add(Forbidden(Initial, "sendInitialEvents is forbidden for list"));
        if (match.Length > 0)
        {
            if (version.Length == 0) errors.Add(Forbidden(Match, $"{Match} is forbidden unless resourceVersion is provided"));
            bool goesOn = request.Query("continue") is { Length: > 0 };
            if (goesOn) errors.Add(Forbidden(Match, $"{Match} is forbidden when continue is provided"));
            if (match is not (Exact or NotOlderThan)) errors.Add(Unsupported(match, "\"Exact\", \"NotOlderThan\", \"\""));
            if (match == Exact && version == "0") errors.Add(Forbidden(Match, $"{Match} \"exact\" is forbidden for resourceVersion \"0\""));
        }

        return Fault(errors);
    }

    /// <summary>
    /// True for a list of one revision and no other. Pages without a word of it are such a list too, as they were before there was a word.
    /// </summary>
    public static bool IsExact(ApiRequest request, long? revision, int limit) => (request.Query(Match) ?? "") switch
    {
        Exact => true,
        "" => revision > 0 && limit > 0,
        _ => false,
    };

    /// <summary>Whether a watch begins with the objects there are; null where it is left to its revision.</summary>
    public static bool? SendsInitialEvents(ApiRequest request) =>
        request.Query(Initial) is { } text ? ApiRequest.IsTrue(text) : null;

    /// <summary>The same of a watch.</summary>
    public static StatusError? FaultOfWatch(ApiRequest request)
    {
        string match = request.Query(Match) ?? "";
        bool initial = request.Query(Initial) is not null;
        var errors = new List<FieldError>();
        if (initial && match != NotOlderThan)
        {
            errors.Add(Forbidden(Match, $"{Initial} requires setting {Match} to {NotOlderThan}"));
            if (match.Length > 0) errors.Add(Unsupported(match, $"\"{NotOlderThan}\""));
        }

        if (!initial && match.Length > 0) errors.Add(Forbidden(Match, $"{Match} is forbidden for watch unless {Initial} is provided"));
        return Fault(errors);
    }

    private static StatusError? Fault(List<FieldError> errors) =>
        errors.Count == 0 ? null : StatusErrors.InvalidOptions("ListOptions", errors, "meta.k8s.io");

    private static FieldError Forbidden(string field, string why) => new(field, FieldErrorType.Forbidden, "Forbidden: " + why);

    private static FieldError Unsupported(string value, string supported) =>
        new(Match, FieldErrorType.NotSupported, $"Unsupported value: \"{value}\": supported values: {supported}");
}
