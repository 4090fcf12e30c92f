using System.Text.Json;
using k8s;
using k8s.Exceptions;
using k8s.KubeConfigModels;
using Trireme.Contracts.Storage;
using Trireme.Testing;

namespace Trireme.Kubernetes.Tests.Connection;

public sealed class KubeconfigFileTests : IDisposable
{
    private const string Whole = """
        apiVersion: v1
        kind: Config
        current-context: second
        preferences: {colors: true}
        unknown: of a later version
        clusters:
        - name: first
          cluster: {server: "https://one:6443", certificate-authority: authority.pem}
        - name: second
          cluster:
            server: https://two
            certificate-authority-data: YQ==
            insecure-skip-tls-verify: true
            tls-server-name: three
        contexts:
        - name: second
          context: {cluster: second, user: plug-in, namespace: models}
        users:
        - name: files
          user: {client-certificate: me.pem, client-key: /keys/me.pem, tokenFile: token}
        - name: plug-in
          user:
            exec:
              apiVersion: client.authentication.k8s.io/v1
              command: get-token
              args: [--cluster, "7"]
              env: [{name: REGION, value: north}]
              interactiveMode: Never
        - name: token
          user: {token: "0123"}
        - name: password
          user: {username: a, password: "true"}
        - name: provider
          user: {auth-provider: {name: oidc, config: {id-token: x, idp-issuer-url: "https://i"}}}
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_file_means_what_it_means_to_the_client_library()
    {
        string path = Write(Whole);
        K8SConfiguration expected = await KubernetesClientConfiguration.LoadKubeConfigAsync(new FileInfo(path));
        Assert.Equal(JsonSerializer.Serialize(expected), JsonSerializer.Serialize(KubeconfigFile.Read(path)));
        Assert.Equal(path, expected.FileName);
    }

    [Fact]
    public void Paths_are_relative_to_the_file()
    {
        string path = Write(Whole.Replace("user: plug-in", "user: files", StringComparison.Ordinal));
        File.WriteAllText(_folder.File("token"), "t");
        var read = KubernetesClientConfiguration.BuildConfigFromConfigObject(KubeconfigFile.Read(path));
        Assert.Equal(_folder.File("me.pem"), read.ClientCertificateFilePath);
        Assert.Equal("/keys/me.pem", read.ClientKeyFilePath);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("[1, 2]", "no kubeconfig")]
    [InlineData("clusters: {", "no kubeconfig")]
    [InlineData("clusters: &a [*a]", "no kubeconfig")]
    [InlineData("just words", "no kubeconfig")]
    public void Another_thing_is_refused(string text, string fault)
    {
        string path = Write(text);
        Assert.Contains(fault, Assert.Throws<KubeConfigException>(() => KubeconfigFile.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_there_is_said_to_be_missing() =>
        Assert.ThrowsAny<IOException>(() => KubeconfigFile.Read(_folder.File("missing")));

    private string Write(string text)
    {
        string path = _folder.File("kubeconfig");
        File.WriteAllText(path, text);
        return path;
    }
}
