namespace Trireme.ApiServer.Hosting;

/// <summary>
/// The checks behind /livez and /readyz, in Kubernetes' words. They are open to everyone, so they name no object and no path.
/// </summary>
internal sealed class HealthReport(string name)
{
    private readonly List<(string Check, string Detail, bool Good)> _checks = [];

    public bool IsGood => _checks.TrueForAll(static check => check.Good);

    /// <summary>What is wrong, all of it; empty where nothing is.</summary>
    public string Reason => string.Join("; ", _checks.Where(static check => !check.Good).Select(static check => check.Detail));

    /// <summary>What a process that answers at all says of itself.</summary>
    public static HealthReport Live(Readiness readiness, string name = "livez") =>
        new HealthReport(name).Good("ping").Good("objects", readiness.Objects);

    public HealthReport Good(string check, string detail = "")
    {
        _checks.Add((check, detail, true));
        return this;
    }

    public HealthReport Bad(string check, string reason)
    {
        _checks.Add((check, reason, false));
        return this;
    }

    /// <summary>One of the checks alone; null if there is none of that name.</summary>
    public HealthReport? Only(string check)
    {
        var one = new HealthReport(name);
        one._checks.AddRange(_checks.Where(known => known.Check == check));
        return one._checks.Count > 0 ? one : null;
    }

    /// <summary>The report without some checks, for who knows about them.</summary>
    public HealthReport Without(IReadOnlyCollection<string?> excluded)
    {
        if (excluded.Count == 0) return this;
        var rest = new HealthReport(name);
        foreach ((string check, string detail, bool good) in _checks)
        {
            rest._checks.Add(excluded.Contains(check) ? (check, "excluded", true) : (check, detail, good));
        }

        return rest;
    }

    public string ToText()
    {
        var text = new System.Text.StringBuilder();
        foreach ((string check, string detail, bool good) in _checks)
        {
            text.Append(good ? $"[+]{check} ok" : $"[-]{check} failed").Append(detail.Length > 0 ? $": {detail}\n" : "\n");
        }

        return text.Append(name).Append(IsGood ? " check passed\n" : " check failed\n").ToString();
    }
}
