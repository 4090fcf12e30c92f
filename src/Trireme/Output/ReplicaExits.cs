using System.Globalization;
using Trireme.Contracts.Resources;

namespace Trireme.Output;

/// <summary>How the engines of a service ended last: what a service that serves again does not tell of itself.</summary>
internal static class ReplicaExits
{
    /// <summary>Those that are shown, the newest.</summary>
    private const int RowsMax = 10;

    private static readonly string[] Header = ["  LAST EXIT", "REPLICA", "RESTARTS", "REASON", "MESSAGE"];

    /// <summary>The last end of each replica that has one, oldest first; nothing where no engine ended.</summary>
    public static void Write(IEnumerable<ModelReplica> replicas, DateTimeOffset now, TextWriter output, int width)
    {
        ModelReplica[] ended =
        [
            .. replicas
                .Where(static replica => replica.Status?.LastTermination is not null)
                .OrderBy(static replica => replica.Status!.LastTermination!.FinishedAt),
        ];
        if (ended.Length == 0) return;
        bool isCut = ended.Length > RowsMax;
        output.WriteLine(isCut
            ? $"replica exits: the newest {RowsMax} of {ended.Length}; \"trireme get modelreplicas -o wide\" shows all"
            : "replica exits:");
        string[][] rows = [Header, .. ended.TakeLast(RowsMax).Select(replica => Row(replica.Metadata.Name, replica.Status!, now))];
        TablePrinter.PrintWithin(rows, output, width);
    }

    private static string[] Row(string name, ModelReplicaStatus status, DateTimeOffset now)
    {
        ReplicaTermination end = status.LastTermination!;
        string when = end.FinishedAt.ToString("O", CultureInfo.InvariantCulture);
        string restarts = status.Restarts.ToString(CultureInfo.InvariantCulture);
        return ["  " + ObjectDescriber.Age(when, now), name, restarts, end.Reason, end.Message ?? status.LastExit ?? ""];
    }
}
