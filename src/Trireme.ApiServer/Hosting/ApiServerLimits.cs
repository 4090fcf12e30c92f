namespace Trireme.ApiServer.Hosting;

/// <summary>What the API server keeps, for how long, and how much it serves at once.</summary>
public sealed record ApiServerLimits
{
    /// <summary>Changes kept for watches to resume from. A watch that starts further back is told to list again (410).</summary>
    public int HistoryLength { get; init; } = 10_000;

    /// <summary>Bytes of those changes on disk: each holds the object before and after it. The oldest go first.</summary>
    public long HistoryBytes { get; init; } = 64L << 20;

    /// <summary>Largest database. Beyond it writes are answered with 507, as on a full disk; deletions go on.</summary>
    public long MaxStoreBytes { get; init; } = 2L << 30;

    /// <summary>Changes a watch may lie behind before it is ended.</summary>
    public int WatchQueueLength { get; init; } = 1_000;

    /// <summary>
    /// Memory of everything published since the oldest change a watch has not taken yet; beyond it the watch is ended. All queues
    /// hold parts of one sequence, so this bounds them together, however many there are.
    /// </summary>
    public long WatchQueueBytes { get; init; } = 64L << 20;

    /// <summary>Watches open at a time; one more is answered with 429 and may try again.</summary>
    public int MaxWatches { get; init; } = 10_000;

    /// <summary>
    /// Answers that are read and written at a time, a quarter of them to one user. Each holds a mebibyte of objects, or one that is larger,
    /// until its client has taken it.
    /// </summary>
    public int MaxAnswers { get; init; } = 128;

    /// <summary>How long one more waits before it is answered with 429 and may try again.</summary>
    public TimeSpan AnswerPatience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a client may take to read an answer; then its connection is broken. Watches and logs may last.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Logs that are read or followed at a time; one more is answered with 429 and may try again.</summary>
    public int MaxLogs { get; init; } = 200;

    /// <summary>Longest life of a service account's token. One that is asked for longer is shortened, with a warning.</summary>
    public TimeSpan MaxTokenLifetime { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Custom kinds that clients may define; one more is refused with 403.</summary>
    public int MaxDefinitions { get; init; } = 200;

    /// <summary>Bytes of all their definitions. What is served of them takes some times as much memory.</summary>
    public long MaxDefinitionBytes { get; init; } = 24L << 20;

    /// <summary>How often a quiet watch is told the current revision, if it asked for that.</summary>
    public TimeSpan BookmarkInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long Events are kept after they were last seen.</summary>
    public TimeSpan EventRetention { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Events beyond this number are removed, oldest first.</summary>
    public int MaxEvents { get; init; } = 10_000;
}
