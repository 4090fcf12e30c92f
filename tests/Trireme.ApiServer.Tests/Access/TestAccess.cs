using Trireme.ApiServer.Access;
using Trireme.ApiServer.Hosting;
using Trireme.Governance.Authorisation;
using Trireme.Governance.Tokens;

namespace Trireme.ApiServer.Tests.Access;

/// <summary>Roles, bindings and tokens for servers under test, as the platform has them.</summary>
internal static class TestAccess
{
    /// <summary>A server's options with them. The key lies beside the database, as over restarts.</summary>
    public static ApiServerOptions To(ApiServerOptions options)
    {
        string folder = Path.GetDirectoryName(options.DatabasePath)!;
        var key = SigningKey.LoadOrCreate(Path.Combine(folder, "pki", "sa.key"));
        return options with { Access = new AccessControl(new RbacPolicy(), new TokenIssuer(key)) };
    }
}
