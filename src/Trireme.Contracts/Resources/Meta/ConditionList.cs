namespace Trireme.Contracts.Resources;

/// <summary>Operations on a status's list of conditions. A list holds each type at most once.</summary>
public static class ConditionList
{
    public static Condition? Find(this IReadOnlyList<Condition>? conditions, string type)
    {
        foreach (Condition condition in conditions ?? [])
        {
            if (condition.Type == type) return condition;
        }

        return null;
    }

    public static bool IsTrue(this IReadOnlyList<Condition>? conditions, string type) =>
        conditions.Find(type)?.Status == ConditionStatus.True;

    /// <summary>
    /// Sets one condition. The transition time moves only when the status changes, so that "since when" stays true
    /// while reason and message are refreshed.
    /// </summary>
    public static IReadOnlyList<Condition> With(this IReadOnlyList<Condition>? conditions, Condition next, DateTimeOffset now)
    {
        Condition? previous = conditions.Find(next.Type);
        Condition stamped = next with
        {
            LastTransitionTime = previous?.Status == next.Status ? previous.LastTransitionTime : now,
        };

        var result = new List<Condition>(conditions ?? []);
        int index = result.FindIndex(c => c.Type == next.Type);
        if (index < 0) result.Add(stamped);
        else result[index] = stamped;
        return result;
    }
}
