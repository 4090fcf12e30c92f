using Trireme.Contracts.Serialization;
using Trireme.Contracts.Storage;

namespace Trireme.Hosting;

/// <summary>The keys that a data folder keeps in clear, for its owner.</summary>
internal static class LocalKeys
{
    /// <summary>The first API key.</summary>
    /// <exception cref="CommandException">There is none, or it may not be read.</exception>
    public static string Api(DataFolderLayout data) => Read(data, data.ApiKey);

    /// <summary>The key of the query API and /metrics.</summary>
    /// <exception cref="CommandException">There is none, or it may not be read.</exception>
    public static string Telemetry(DataFolderLayout data) => Read(data, data.TelemetryKey);

    private static string Read(DataFolderLayout data, string file)
    {
        try
        {
            if (SmallFile.ReadAllText(file).Trim() is { Length: > 0 } key) return key;
            throw new CommandException(
                $"{file} is empty; delete it, and the next start of the platform makes another key", ExitCode.Invalid);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CommandException(
                $"{data.Root} has no keys yet; the first \"trireme up --data-dir {data.Root}\" makes them", ExitCode.NotFound, exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(Clause.Of(file, exception), ExitCode.OfFile(exception), exception);
        }
    }
}
