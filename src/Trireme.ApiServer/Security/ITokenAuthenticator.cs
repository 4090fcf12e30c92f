using System.Diagnostics.CodeAnalysis;

namespace Trireme.ApiServer.Security;

/// <summary>Tells who a bearer token belongs to.</summary>
public interface ITokenAuthenticator
{
    bool TryAuthenticate(string token, [NotNullWhen(true)] out string? user);
}
