namespace Trireme.Contracts.Metrics;

/// <summary>Bucket bounds shared by gateway and engine, so that their histograms can be laid over each other.</summary>
public static class MetricBuckets
{
    /// <summary>Time to first token in seconds; vLLM's bounds, which reach from a millisecond to three quarters of an hour.</summary>
    public static double[] TimeToFirstToken { get; } =
        [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560];

    /// <summary>Inter-token latency in seconds; vLLM's bounds with a finer start, where small models live.</summary>
    public static double[] InterTokenLatency { get; } =
        [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80];

    /// <summary>Duration of whole requests and their phases in seconds; vLLM's bounds with a finer start.</summary>
    public static double[] RequestSeconds { get; } =
        [0.01, 0.03, 0.1, 0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680];

    /// <summary>Duration of tabular inference and its phases in seconds, which starts a thousand times lower than a text's.</summary>
    public static double[] InferenceSeconds { get; } =
        [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

    /// <summary>Token counts: 1, 2, 5 and so on up to a million.</summary>
    public static double[] Tokens { get; } =
        [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000];
}
