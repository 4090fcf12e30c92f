namespace Trireme.ApiServer.Pods;

/// <summary>The logs behind the Pods; the host knows where they are.</summary>
public interface IPodLogs
{
    /// <summary>
    /// Opens the log of a replica's newest process, or of the newest that has ended. The lines are read as they are taken. Followed, they
    /// end when the process has.
    /// </summary>
    /// <returns>The lines; null if there is no such process.</returns>
    /// <exception cref="IOException">The log cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The same, for want of permission.</exception>
    IAsyncEnumerable<PodLogLine>? Open(PodLogRequest request, CancellationToken cancellationToken);
}

/// <summary>Which lines of whose log.</summary>
/// <param name="Namespace">Namespace of the replica.</param>
/// <param name="Name">Its name, which is the Pod's.</param>
public sealed record PodLogRequest(string Namespace, string Name)
{
    /// <summary>True for the newest process that has ended.</summary>
    public bool Previous { get; init; }

    /// <summary>True to go on with lines as they come.</summary>
    public bool Follow { get; init; }

    /// <summary>Only lines since then.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>At most so many of the last lines that are there at the start; null for all.</summary>
    public int? Tail { get; init; }
}

/// <summary>A line of a log.</summary>
/// <param name="Time">When it was written; null where neither it nor a line before it says so.</param>
/// <param name="Text">The line, without its end.</param>
public readonly record struct PodLogLine(DateTimeOffset? Time, string Text);
