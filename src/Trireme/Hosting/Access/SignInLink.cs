using Trireme.Contracts.Serialization;
using Trireme.Contracts.Storage;
using Trireme.Governance.Sessions;

namespace Trireme.Hosting.Access;

/// <summary>
/// Addresses that let one browser into the dashboard. Whoever may read the data folder can make one; the platform is not asked, so nothing
/// but the token itself ever leaves this process.
/// </summary>
internal static class SignInLink
{
    /// <param name="dashboard">Base URL of the dashboard.</param>
    /// <param name="key">The key in <see cref="DataFolderLayout.SignInKey"/>.</param>
    /// <param name="time">The clock of this machine.</param>
    public static string Create(string dashboard, ReadOnlySpan<byte> key, TimeProvider time) =>
        $"{dashboard.TrimEnd('/')}{SignInRoutes.SignInPath}#{OneTimeTokens.Create(key, time.GetUtcNow())}";

    /// <summary>A link into the running platform of a data folder.</summary>
    /// <exception cref="CommandException">None runs, or its key cannot be read.</exception>
    public static string Create(DataFolderLayout data, TimeProvider time)
    {
        Endpoints endpoints = Endpoints.Read(data);
        try
        {
            return Create(endpoints.Dashboard, Convert.FromBase64String(SmallFile.ReadAllText(data.SignInKey).Trim()), time);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException)
        {
            string why = exception is FormatException ? $"{data.SignInKey} holds no key" : Clause.Of(data.SignInKey, exception);
            throw new CommandException(
                $"{why}; the platform makes it when it starts",
                ExitCode.OfFile(exception), exception);
        }
    }
}
