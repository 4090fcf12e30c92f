namespace Trireme.Worker.Onnx;

/// <summary>How requests are put together, and how many may wait.</summary>
internal sealed record QueueLimits
{
    /// <summary>Most rows computed as one; 1 computes each request by itself.</summary>
    public int MaxBatchSize { get; init; } = 32;

    /// <summary>How long a request waits for others to be computed with; zero takes only those that wait already.</summary>
    public TimeSpan BatchWindow { get; init; } = TimeSpan.FromMilliseconds(1);

    /// <summary>Requests that may wait; further ones are refused.</summary>
    public int MaxWaiting { get; init; } = 1024;

    /// <summary>Memory the inputs of waiting requests may take; further ones are refused, unless none waits.</summary>
    public long MaxWaitingBytes { get; init; } = 256 << 20;
}
