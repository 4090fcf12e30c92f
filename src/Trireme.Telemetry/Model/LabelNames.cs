namespace Trireme.Telemetry.Model;

/// <summary>Label names that carry meaning of their own.</summary>
public static class LabelNames
{
    /// <summary>The label that holds the name of the metric.</summary>
    public const string MetricName = "__name__";

    /// <summary>The inclusive upper bound of a bucket of a classic histogram.</summary>
    public const string BucketBound = "le";

    public const string Job = "job";

    public const string Instance = "instance";

    /// <summary>True for names of letters, digits and underscores that start with no digit.</summary>
    public static bool IsValid(ReadOnlySpan<char> name)
    {
        if (name.IsEmpty || char.IsAsciiDigit(name[0])) return false;
        foreach (char c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_') return false;
        }

        return true;
    }
}
