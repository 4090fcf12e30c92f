namespace Trireme.Settings;

/// <summary>Keeps what the platform writes within the system's limit of a file's size, so that its own bounds are met first.</summary>
internal static class FileSizeBounds
{
    /// <summary>What the databases and their logs take on an empty platform, with room for objects.</summary>
    public const long Least = 32L << 20;

    /// <param name="settings">What is set.</param>
    /// <param name="limit">Most bytes of a file.</param>
    /// <exception cref="CommandException">No platform can work within the limit.</exception>
    public static PlatformSettings Within(this PlatformSettings settings, long limit)
    {
        if (limit < Least)
        {
            throw new CommandException(
                $"this process may write files of {limit} bytes, and a platform needs {Least} and more; raise the limit with "
                + "\"ulimit -f unlimited\", or LimitFSIZE= in a systemd unit",
                ExitCode.Failure);
        }

        // The store keeps an eighth more for a full disk. A log is moved aside before it has its size, and a replica's only now and then.
        return settings with
        {
            ApiServer = settings.ApiServer with
            {
                Limits = settings.ApiServer.Limits with
                {
                    MaxStoreBytes = Math.Min(settings.ApiServer.Limits.MaxStoreBytes, limit / 10 * 8),
                    HistoryBytes = Math.Min(settings.ApiServer.Limits.HistoryBytes, limit / 4),
                },
            },
            Gateway = settings.Gateway with
            {
                Usage = settings.Gateway.Usage with { MaxBytes = Math.Min(settings.Gateway.Usage.MaxBytes, limit / 2) },
                Responses = settings.Gateway.Responses with { MaxBytes = Math.Min(settings.Gateway.Responses.MaxBytes, limit / 2) },
            },
            Operator = settings.Operator with
            {
                Replicas = settings.Operator.Replicas with { LogBytesMax = Math.Min(settings.Operator.Replicas.LogBytesMax, limit / 2) },
            },
            Log = settings.Log with { File = settings.Log.File with { MaxBytes = Math.Min(settings.Log.File.MaxBytes, limit) } },
        };
    }
}
