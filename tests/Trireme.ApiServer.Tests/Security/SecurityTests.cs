using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Time.Testing;
using Trireme.ApiServer.Security;
using Trireme.Testing;

namespace Trireme.ApiServer.Tests.Security;

public sealed class SecurityTests
{
    [Fact]
    public void Certificates_are_kept_private_and_reused()
    {
        using var folder = new TemporaryFolder();
        using ServerCertificate first = ServerCertificate.LoadOrCreate(folder.Path, TimeProvider.System);
        using ServerCertificate second = ServerCertificate.LoadOrCreate(folder.Path, TimeProvider.System);
        Assert.Equal(first.Server.Thumbprint, second.Server.Thumbprint);
        Assert.True(first.Server.HasPrivateKey);
        Assert.All(["localhost", "127.0.0.1", "::1"], host => Assert.True(first.Server.MatchesHostname(host)));
        foreach (string file in Directory.GetFiles(folder.Path))
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
    }

    [Fact]
    public void The_server_certificate_is_renewed_before_its_end_under_the_same_authority()
    {
        using var folder = new TemporaryFolder();
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        using ServerCertificate first = ServerCertificate.LoadOrCreate(folder.Path, time);
        time.Advance(TimeSpan.FromDays(300));
        using ServerCertificate same = ServerCertificate.LoadOrCreate(folder.Path, time);
        Assert.Equal(first.Server.Thumbprint, same.Server.Thumbprint);
        time.Advance(TimeSpan.FromDays(40));
        using ServerCertificate renewed = ServerCertificate.LoadOrCreate(folder.Path, time);
        Assert.NotEqual(first.Server.Thumbprint, renewed.Server.Thumbprint);
        Assert.Equal(first.Authority.Thumbprint, renewed.Authority.Thumbprint);
        time.Advance(TimeSpan.FromDays(3650));
        using ServerCertificate replaced = ServerCertificate.LoadOrCreate(folder.Path, time);
        Assert.NotEqual(first.Authority.Thumbprint, replaced.Authority.Thumbprint);
    }

    [Fact]
    public void Another_host_name_gets_another_certificate()
    {
        using var folder = new TemporaryFolder();
        using ServerCertificate first = ServerCertificate.LoadOrCreate(folder.Path, TimeProvider.System);
        using ServerCertificate second = ServerCertificate.LoadOrCreate(folder.Path, TimeProvider.System, "models.example.com");
        Assert.NotEqual(first.Server.Thumbprint, second.Server.Thumbprint);
        Assert.True(second.Server.MatchesHostname("models.example.com"));
        using var chain = new X509Chain { ChainPolicy = ServerCertificate.Trust(second.Authority) };
        Assert.True(chain.Build(second.Server));
    }

    [Fact]
    public void A_kubeconfig_is_private_and_replaced_whole()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("sub", "kubeconfig");
        Kubeconfig.Write(path, new Uri("https://127.0.0.1:1/"), "pem", "first");
        Kubeconfig.Write(path, new Uri("https://127.0.0.1:1/"), "pem", "second");
        string text = File.ReadAllText(path);
        Assert.Contains("token: \"second\"", text, StringComparison.Ordinal);
        Assert.Contains("server: https://127.0.0.1:1\n", text, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(folder.File("sub")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [Fact]
    public void A_token_belongs_to_its_user_and_no_other_text_does()
    {
        string token = StaticTokenAuthenticator.NewToken();
        var authenticator = new StaticTokenAuthenticator(new Dictionary<string, string> { ["ann"] = token, ["bob"] = "other" });
        Assert.True(authenticator.TryAuthenticate(token, out string? user));
        Assert.Equal("ann", user);
        Assert.False(authenticator.TryAuthenticate(token + "0", out _));
        Assert.False(authenticator.TryAuthenticate("", out _));
    }
}
