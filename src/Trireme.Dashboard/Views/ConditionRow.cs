using Trireme.Contracts.Resources;

namespace Trireme.Dashboard.Views;

/// <summary>A condition with its message, unless the page says that elsewhere.</summary>
/// <param name="Condition">The condition.</param>
/// <param name="Message">What is not said yet; null where all is.</param>
public sealed record ConditionRow(Condition Condition, string? Message)
{
    /// <summary>Rows in which each message stands once, and none that was told above.</summary>
    /// <param name="conditions">Conditions of one object.</param>
    /// <param name="told">What the page says already.</param>
    public static IReadOnlyList<ConditionRow> From(IEnumerable<Condition> conditions, params IEnumerable<string?> told)
    {
        List<string> said = [.. told.OfType<string>().Where(text => text.Length > 0)];
        var rows = new List<ConditionRow>();
        foreach (Condition condition in conditions)
        {
            string message = condition.Message ?? "";
            bool isNews = message.Length > 0 && !said.Exists(text => text.Contains(message, StringComparison.Ordinal));
            if (isNews) said.Add(message);
            rows.Add(new ConditionRow(condition, isNews ? message : null));
        }

        return rows;
    }
}
