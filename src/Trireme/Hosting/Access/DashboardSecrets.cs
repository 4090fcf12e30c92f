using Trireme.Contracts.Identity;
using Trireme.Contracts.Storage;
using Trireme.Governance.Sessions;

namespace Trireme.Hosting.Access;

/// <summary>What opens the dashboard's port. Both lie in the data folder, readable by its owner only.</summary>
/// <param name="TelemetryKey">The key of programs that ask the query API and /metrics; kept over restarts, since it stands in their
/// files.</param>
/// <param name="SignInKey">Makes the tokens of sign-in links; another one with each start, so that links of before are void.</param>
internal sealed record DashboardSecrets(string TelemetryKey, byte[] SignInKey)
{
    private const string Prefix = "tel";

    /// <summary>The telemetry key as this process presents it to gateways in processes of their own.</summary>
    public ReplicaKey? ToPresent => ReplicaKey.TryParse(TelemetryKey, out ReplicaKey? key) ? key : null;

    /// <summary>Reads or makes them.</summary>
    /// <exception cref="CommandException">The telemetry key's file holds none.</exception>
    public static DashboardSecrets Open(DataFolderLayout data)
    {
        byte[] signIn = OneTimeTokens.NewKey();
        PrivateFile.Write(data.SignInKey, Convert.ToBase64String(signIn) + "\n");
        return new DashboardSecrets(File.Exists(data.TelemetryKey) ? Read(data.TelemetryKey) : Make(data.TelemetryKey), signIn);
    }

    private static string Make(string path)
    {
        string key = BearerKey.Create(Prefix);
        PrivateFile.Write(path, key + "\n");
        return key;
    }

    private static string Read(string path)
    {
        string key = SmallFile.ReadAllText(path).Trim();
        if (key.Length >= 16 && key.All(static c => c is > ' ' and <= '~')) return key;
        throw new CommandException(
            $"the telemetry key in {path} is too short, or holds what cannot be sent in a header; delete the file for a new key, which "
            + "those who ask the query API then need",
            ExitCode.Invalid);
    }
}
