using System.Collections.Immutable;

namespace Trireme.Fleet.Scaling;

/// <summary>
/// What one replica carries within the SLO: how long requests take at a load, on a line; which share of answers is late at it; and the
/// largest load at which that is no more than may be.
/// </summary>
public sealed record ReplicaCapacity
{
    /// <summary>Requests in flight at which the wanted share is just within the SLO.</summary>
    public required double Concurrency { get; init; }

    /// <summary>Seconds that a request takes alone; null, like all times, while none was measured.</summary>
    public double? SecondsAlone { get; init; }

    /// <summary>Seconds that each request in flight adds to that.</summary>
    public double SecondsEach { get; init; }

    /// <summary>Share of answers that are late where the SLO cannot be attained, however many replicas there are.</summary>
    public double LateAnyway { get; init; }

    /// <summary>Share of answers that are late, by class of load.</summary>
    public ImmutableArray<double> Late { get; init; } = [];

    /// <summary>
    /// Requests per second that are answered at that concurrency, by Little's law (J. D. C. Little, 1961); null while none was measured.
    /// </summary>
    public double? RequestsPerSecond =>
        SecondsAlone is { } alone && alone + (SecondsEach * Concurrency) is var seconds and > 0 ? Concurrency / seconds : null;

    /// <summary>Share of answers that are late at a replica with so much in flight, between the middles of the classes beside it.</summary>
    public double LateAt(double inFlight)
    {
        int index = LoadClasses.IndexOf(inFlight);
        double centre = LoadClasses.CentreOf(index);
        int other = inFlight < centre ? index - 1 : index + 1;
        if (other < 0 || other >= LoadClasses.Count) return Late[index];
        double part = (inFlight - centre) / (LoadClasses.CentreOf(other) - centre);
        return Late[index] + (Math.Min(1, part) * (Late[other] - Late[index]));
    }

    /// <summary>
    /// What is left of the work in flight after some time at replicas that share it evenly: each answers n / (alone + each * n) per second
    /// with n in flight, solved for the end of the time, so that no step is too long.
    /// </summary>
    /// <param name="open">Work in flight, what has come in that time included.</param>
    /// <param name="replicas">Replicas, in parts of one.</param>
    /// <param name="seconds">The time.</param>
    public double Left(double open, double replicas, double seconds)
    {
        double alone = SecondsAlone ?? 0;
        if (SecondsEach <= 0) return alone > 0 ? open * alone / (alone + seconds) : 0;
        double half = ((replicas * (alone + seconds)) - (SecondsEach * open)) / 2;
        double root = Math.Sqrt((half * half) + (SecondsEach * alone * replicas * open));

        // The same root of the quadratic, by the form that does not subtract two nearly equal numbers.
        return half > 0 ? alone * replicas * open / (half + root) : (root - half) / SecondsEach;
    }
}
