using System.Globalization;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Validation;

namespace Trireme.Gateway.Accounting;

/// <summary>What somebody wants to know of what was used.</summary>
public sealed record UsageQuestion
{
    /// <summary>What sums can be told apart by, as questions call it.</summary>
    public static readonly IReadOnlyList<string> Dimensions = ["tenant", "key", "model", "release", "outcome", "day", "hour"];

    private static readonly TimeSpan Usual = TimeSpan.FromDays(1);

    /// <summary>Some of <see cref="Dimensions"/>, each once.</summary>
    public required IReadOnlyList<string> By { get; init; }

    /// <summary>Beginning, a whole hour, because sums are of hours.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>End, a whole hour that is not a part of it.</summary>
    public required DateTimeOffset Until { get; init; }

    /// <summary>Of one tenant only; null for all.</summary>
    public string? Namespace { get; init; }

    /// <summary>Of one key only; null for all.</summary>
    public string? Key { get; init; }

    /// <summary>Reads what stands in an address.</summary>
    /// <param name="parameter">The value of a parameter; null where it is not there.</param>
    /// <param name="now">The time.</param>
    /// <param name="question">The question, where nothing is wrong.</param>
    /// <returns>Null, or what is wrong.</returns>
    public static string? TryRead(Func<string, string?> parameter, DateTimeOffset now, out UsageQuestion? question)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        question = null;
        const StringSplitOptions Words = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;
        string[] by = (parameter("by") ?? "tenant,model").Split(',', Words);
        if (Array.Find(by, static name => !Dimensions.Contains(name)) is { } unknown)
        {
            string? nearest = NearestName.Find(unknown, Dimensions);
            string meant = nearest is null ? "" : $"; \"{nearest}\" is";
            return $"by: \"{unknown}\" is nothing that usage is told apart by{meant}. There are {string.Join(", ", Dimensions)}";
        }

        if (TryTime("since", parameter("since"), now, now - Usual, out DateTimeOffset from) is { } wrongSince) return wrongSince;
        if (TryTime("until", parameter("until"), now, now, out DateTimeOffset until) is { } wrongUntil) return wrongUntil;
        if (from.CompareTo(until) >= 0) return "since: it is not before until";
        question = new UsageQuestion
        {
            By = [.. by.Distinct()],
            From = HourOf(from),
            Until = HourOf(until) == until ? until : HourOf(until).AddHours(1),
            Namespace = parameter("namespace"),
            Key = parameter("key"),
        };
        return null;
    }

    private static string? TryTime(string name, string? text, DateTimeOffset now, DateTimeOffset usual, out DateTimeOffset time)
    {
        time = usual;
        if (text is null) return null;
        if (TryAge(text, out TimeSpan age))
        {
            time = now - age;
            return null;
        }

        const DateTimeStyles InUtc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        bool isTime = text.Length >= 10 && text[4] == '-' && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, InUtc, out time);
        return isTime
            ? null
            : $"{name}: \"{text}\" is no time; write an age like 7d, 12h or 90m, or a time like 2026-01-31 or 2026-01-31T12:00:00Z";
    }

    /// <summary>A duration, or a number of days.</summary>
    private static bool TryAge(string text, out TimeSpan age)
    {
        age = default;
        bool isDays = text.EndsWith('d')
            && double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double days)
            && days <= Duration.Longest.Value.TotalDays
            && (age = TimeSpan.FromDays(days)) >= TimeSpan.Zero;
        if (isDays) return true;
        bool isDuration = Duration.TryParse(text, out Duration duration);
        age = duration;
        return isDuration;
    }

    private static DateTimeOffset HourOf(DateTimeOffset time) =>
        new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerHour), TimeSpan.Zero);
}
