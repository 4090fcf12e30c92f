using System.Globalization;
using System.Text.Json;
using Trireme.ApiServer.Tables;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.Workloads;

/// <summary>The columns of kubectl get jobs and quota, made as Kubernetes makes them.</summary>
internal static class WorkloadColumns
{
    private const string None = "<none>";

    private static readonly TableColumn Age = new(new PrinterColumn("Age", ".metadata.creationTimestamp", "date"));

    public static IReadOnlyList<TableColumn> OfJobs { get; } =
    [
        OfJob("Status", 0, static (job, _) => StateOf(job)),
        OfJob("Completions", 0, static (job, _) => CompletionsOf(job)),
        OfJob("Duration", 0, DurationOf),
        Age,
        OfJob("Containers", 1, static (job, _) => Joined(job, static container => container.Name)),
        OfJob("Images", 1, static (job, _) => Joined(job, static container => container.Image)),
        OfJob("Selector", 1, static (job, _) => SelectorOf(job)),
    ];

    public static IReadOnlyList<TableColumn> OfQuotas { get; } =
    [
        OfQuota("Request", static name => !name.StartsWith(QuotaResources.LimitsPrefix, StringComparison.Ordinal)),
        OfQuota("Limit", static name => name.StartsWith(QuotaResources.LimitsPrefix, StringComparison.Ordinal)),
        Age,
    ];

    private static string StateOf(Job job)
    {
        if (job.Metadata.IsDeleting) return "Terminating";
        string[] holding =
        [
            .. (job.Status?.Conditions ?? []).Where(static condition => condition.Status == ConditionStatus.True)
                .Select(static condition => condition.Type),
        ];
        foreach (string state in (ReadOnlySpan<string>)["Complete", "Failed", "Suspended", "FailureTarget", "SuccessCriteriaMet"])
        {
            if (holding.Contains(state)) return state;
        }

        return "Running";
    }

    private static string CompletionsOf(Job job)
    {
        int succeeded = job.Status?.Succeeded ?? 0;
        string wanted = job.Spec?.Completions is { } completions ? completions.ToString(CultureInfo.InvariantCulture)
            : job.Spec?.Parallelism is > 1 and var several ? string.Create(CultureInfo.InvariantCulture, $"1 of {several}")
            : "1";
        return string.Create(CultureInfo.InvariantCulture, $"{succeeded}/{wanted}");
    }

    private static string DurationOf(Job job, DateTimeOffset now) => job.Status switch
    {
        { StartTime: { } start, CompletionTime: { } end } => HumanDuration.Format(end - start),
        { StartTime: { } start } => HumanDuration.Format(now - start),
        _ => "",
    };

    private static string SelectorOf(Job job) => string.Join(
        ',',
        (job.Spec?.Selector?.MatchLabels ?? new Dictionary<string, string>()).Select(static label => $"{label.Key}={label.Value}"));

    private static string Joined(Job job, Func<PodContainer, string?> part) =>
        string.Join(',', (job.Spec?.Template.Spec?.Containers ?? []).Select(part));

    private static TableColumn OfJob(string name, int priority, Func<Job, DateTimeOffset, string> text) =>
        TableColumn.Text(name, priority, (document, now) => text(document.Deserialize<Job>(ResourceJson.Options)!, now));

    private static TableColumn OfQuota(string column, Func<string, bool> takes) => TableColumn.Text(column, 0, (document, _) =>
    {
        ResourceQuota quota = document.Deserialize<ResourceQuota>(ResourceJson.Options)!;
        IReadOnlyDictionary<string, string> used = quota.Status?.Used ?? new Dictionary<string, string>();
        IEnumerable<string> cells = (quota.Status?.Hard ?? new Dictionary<string, string>())
            .Where(hard => takes(hard.Key))
            .OrderBy(static hard => hard.Key, StringComparer.Ordinal)
            .Select(hard => $"{hard.Key}: {used.GetValueOrDefault(hard.Key, "0")}/{hard.Value}");
        return string.Join(", ", cells) is { Length: > 0 } text ? text : column == "Limit" ? "" : None;
    });
}
