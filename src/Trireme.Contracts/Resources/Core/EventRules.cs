using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Resources;

/// <summary>
/// Kubernetes' rules for Events. Those of every Event come first; an Event with an eventTime says who reports it; and one that is written
/// through events.k8s.io is held to more, since no client of that API is old.
/// </summary>
internal static class EventRules
{
    private const int MaxName = 128;
    private const int MaxMessage = 1024;

    /// <summary>Where Events about objects without a namespace may lie.</summary>
    private static readonly string[] ClusterNamespaces = [TriremeApi.DefaultNamespace, "kube-system"];

    public static void Validate(Event value, FieldErrors errors)
    {
        ValidateNamespace(value.Metadata.Namespace, value.InvolvedObject.Namespace, value.EventTime is not null, "involvedObject", errors);
        if (value.EventTime is null) return;
        ValidateReport(value.ReportingComponent, "reportingComponent", value.ReportingInstance, value.Action, value.Reason, errors);
        if (value.Message?.Length > MaxMessage) errors.Add("message", FieldErrorType.TooLong, AtMost(MaxMessage));
    }

    public static void Validate(RegardingEvent value, FieldErrors errors)
    {
        ValidateNamespace(value.Metadata.Namespace, value.Regarding?.Namespace, value.EventTime is not null, "regarding", errors);
        if (value.EventTime is null) errors.Required("eventTime");
        ValidateReport(value.ReportingController, "reportingController", value.ReportingInstance, value.Action, value.Reason, errors);
        if (value.Note?.Length > MaxMessage) errors.Add("note", FieldErrorType.TooLong, AtMost(MaxMessage));
        if (value.Type is not ("Normal" or "Warning")) errors.Invalid("type", $"\"{value.Type}\" must be Normal or Warning");
        if (value.DeprecatedFirstTimestamp is not null) Unset("deprecatedFirstTimestamp");
        if (value.DeprecatedLastTimestamp is not null) Unset("deprecatedLastTimestamp");
        if (value.DeprecatedCount is not (null or 0)) Unset("deprecatedCount");
        if (value.DeprecatedSource is { } source && (source.Component ?? source.Host) is { Length: > 0 }) Unset("deprecatedSource");
        if (value.Series is not { } series) return;
        if (series.Count is null or < 2) errors.Invalid("series.count", "must be at least 2; a single Event is no series");
        if (series.LastObservedTime is null) errors.Required("series.lastObservedTime");

        void Unset(string field) => errors.Invalid(field, "must not be set; eventTime and series say it in this API");
    }

    private static void ValidateNamespace(string? own, string? of, bool hasTime, string field, FieldErrors errors)
    {
        // A manifest leaves its namespace to who sends it.
        if (string.IsNullOrEmpty(own)) return;
        bool fits = string.IsNullOrEmpty(of)
            ? own == TriremeApi.DefaultNamespace || (hasTime && ClusterNamespaces.Contains(own))
            : own == of || hasTime;
        if (!fits) errors.Invalid(field + ".namespace", $"\"{of}\" must be the namespace of the Event, {own}");
    }

    private static void ValidateReport(
        string? reporter, string reporterField, string? instance, string? action, string? reason, FieldErrors errors)
    {
        if (string.IsNullOrEmpty(reporter)) errors.Required(reporterField);
        else if (!NameRules.IsQualifiedName(reporter)) errors.Invalid(reporterField, $"\"{reporter}\" {NameRules.QualifiedNameRule}");
        ValidateWord("reportingInstance", instance, errors);
        ValidateWord("action", action, errors);
        ValidateWord("reason", reason, errors);
    }

    private static void ValidateWord(string field, string? word, FieldErrors errors)
    {
        if (string.IsNullOrEmpty(word)) errors.Required(field);
        else if (word.Length > MaxName) errors.Add(field, FieldErrorType.TooLong, AtMost(MaxName));
    }

    private static string AtMost(int length) => $"must have at most {length} characters";
}
