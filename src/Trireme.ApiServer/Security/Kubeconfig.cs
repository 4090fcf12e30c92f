using System.Text;
using Trireme.Contracts.Storage;

namespace Trireme.ApiServer.Security;

/// <summary>Writes the file kubectl and every Kubernetes client read their access from.</summary>
public static class Kubeconfig
{
    private const string Name = "trireme";

    /// <summary>Writes a file with one context, named trireme, that only its owner may read.</summary>
    /// <param name="path">Where to write; an existing file is replaced whole.</param>
    /// <param name="server">Address of the API server.</param>
    /// <param name="authorityPem">Certificate of the authority to trust, in PEM.</param>
    /// <param name="token">Bearer token.</param>
    public static void Write(string path, Uri server, string authorityPem, string token) => PrivateFile.Write(path, $"""
        apiVersion: v1
        kind: Config
        current-context: {Name}
        clusters:
        - name: {Name}
          cluster:
            server: {server.GetLeftPart(UriPartial.Authority)}
            certificate-authority-data: {Convert.ToBase64String(Encoding.ASCII.GetBytes(authorityPem))}
        users:
        - name: {Name}
          user:
            token: "{token}"
        contexts:
        - name: {Name}
          context:
            cluster: {Name}
            user: {Name}
            namespace: default

        """);
}
