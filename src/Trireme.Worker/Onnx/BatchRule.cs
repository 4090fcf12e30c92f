namespace Trireme.Worker.Onnx;

/// <summary>
/// Decides what is computed next, and when: the oldest request, and those behind it that can be computed with it, once they fill a
/// batch, the oldest has waited long enough for others, or one of them cannot wait that long. No clock, no tasks.
/// </summary>
internal static class BatchRule
{
    /// <param name="waiting">Requests in the order of their arrival.</param>
    /// <param name="now">The time in the same units as arrivals.</param>
    /// <param name="maxRows">Rows of a full batch. One request may have more; it is then computed alone.</param>
    /// <param name="window">How long a request waits for others.</param>
    /// <param name="taken">Filled with the places of the requests to compute now, in order; empty when there are none yet.</param>
    /// <returns>
    /// When to check again if nothing is computed now: when the wait is over, or a request behind it is past its deadline. Null when only
    /// an arrival changes anything.
    /// </returns>
    public static long? Decide(IReadOnlyList<WaitingRows> waiting, long now, int maxRows, long window, List<int> taken)
    {
        taken.Clear();
        if (waiting.Count == 0) return null;
        int rows = 0;
        bool isFull = false;
        long until = waiting[0].ArrivedAt + window;
        long deadline = long.MaxValue;
        long othersDeadline = long.MaxValue;
        for (int i = 0; i < waiting.Count && !isFull; i++)
        {
            long own = waiting[i].Deadline ?? long.MaxValue;
            if (waiting[i].BatchKey != waiting[0].BatchKey)
            {
                othersDeadline = Math.Min(othersDeadline, own);
                continue;
            }

            // The first that does not fit closes the batch: letting smaller ones pass would make it wait longer than they do.
            isFull = i > 0 && rows + waiting[i].Rows > maxRows;
            if (isFull) break;
            rows += waiting[i].Rows;
            deadline = Math.Min(deadline, own);
            taken.Add(i);
            isFull = rows >= maxRows;
        }

        // Waiting for others is a favour to the machine, and must cost no request its deadline.
        if (isFull || now >= until || deadline <= until) return null;
        taken.Clear();
        return Math.Min(until, othersDeadline);
    }
}

/// <summary>What the rule knows of a request.</summary>
/// <param name="BatchKey">Equal for requests that can be computed together.</param>
/// <param name="Rows">Its rows, at least 1.</param>
/// <param name="ArrivedAt">When it came.</param>
/// <param name="Deadline">From when on it is no longer wanted; null for always.</param>
internal readonly record struct WaitingRows(string BatchKey, int Rows, long ArrivedAt, long? Deadline = null);
