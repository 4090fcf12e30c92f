using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Time.Testing;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Security;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Storage;
using Trireme.Testing;

namespace Trireme.ApiServer.Tests.Security;

public sealed class SecurityTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

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

    [Theory]
    [InlineData("ca.crt", "")]
    [InlineData("ca.crt", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")]
    [InlineData("ca.key", "")]
    [InlineData("ca.key", "no key")]
    [InlineData("ca.key", null)]
    public void A_damaged_authority_is_named_and_kept(string name, string? content)
    {
        using var folder = new TemporaryFolder();
        ServerCertificate.LoadOrCreate(folder.Path, TimeProvider.System).Dispose();
        string kept = File.ReadAllText(folder.File(name == "ca.key" ? "ca.crt" : "ca.key"));
        Damage(folder.File(name), content);
        var exception = Assert.Throws<InvalidDataException>(() => ServerCertificate.LoadOrCreate(folder.Path, TimeProvider.System));
        Assert.Contains(folder.File("ca.crt"), exception.Message, StringComparison.Ordinal);
        Assert.Contains("new authority", exception.Message, StringComparison.Ordinal);
        Assert.Equal(kept, File.ReadAllText(folder.File(name == "ca.key" ? "ca.crt" : "ca.key")));
    }

    [Theory]
    [InlineData("server.crt", "")]
    [InlineData("server.key", "no key")]
    [InlineData("server.key", null)]
    public void A_damaged_server_certificate_is_made_again_under_the_same_authority(string name, string? content)
    {
        using var folder = new TemporaryFolder();
        using ServerCertificate first = ServerCertificate.LoadOrCreate(folder.Path, TimeProvider.System);
        Damage(folder.File(name), content);
        using ServerCertificate second = ServerCertificate.LoadOrCreate(folder.Path, TimeProvider.System);
        Assert.Equal(first.Authority.Thumbprint, second.Authority.Thumbprint);
        Assert.NotEqual(first.Server.Thumbprint, second.Server.Thumbprint);
    }

    [Fact]
    public void A_key_without_its_certificate_is_what_a_death_at_the_first_start_leaves()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("ca.key"), "half");
        using ServerCertificate made = ServerCertificate.LoadOrCreate(folder.Path, TimeProvider.System);
        Assert.True(made.Server.HasPrivateKey);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("two words")]
    [InlineData("tök")]
    [InlineData("a\0b")]
    public async Task A_damaged_token_is_named_with_the_way_back(string content)
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.File("token"), content, Cancelled);
        var exception = await Assert.ThrowsAsync<InvalidDataException>(() => EmbeddedApiServer.StartAsync(
            new EmbeddedApiServerOptions { DataFolder = folder.Path }, Cancelled));
        Assert.Contains(folder.File("token"), exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("token", "pipe")]
    [InlineData("token", "socket")]
    [InlineData("token", "folder")]
    [InlineData("token", "device")]
    [InlineData("tokens.csv", "pipe")]
    [InlineData("tokens.csv", "folder")]
    [InlineData("pki/ca.crt", "pipe")]
    [InlineData("pki/ca.crt", "folder")]
    public async Task What_is_no_file_where_a_secret_is_kept_is_named_and_never_waited_for(string file, string kind)
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("pki"));
        SpecialFile.Make(kind, folder.File(file));
        IOException told = await Assert.ThrowsAsync<IrregularFileException>(() => Task.Run(
            () => EmbeddedApiServer.StartAsync(new EmbeddedApiServerOptions { DataFolder = folder.Path }, Cancelled), Cancelled)
            .WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, Cancelled));
        Assert.StartsWith($"{folder.File(file)} is {SpecialFile.Names[kind]} and not a file; ", told.Message, StringComparison.Ordinal);
    }

    private static void Damage(string path, string? content)
    {
        if (content is null) File.Delete(path);
        else File.WriteAllText(path, content);
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
    public async Task A_token_belongs_to_its_user_and_no_other_text_does()
    {
        string token = StaticTokenAuthenticator.NewToken();
        var authenticator = new StaticTokenAuthenticator(new Dictionary<string, UserInfo>
        {
            [token] = new() { Name = "ann" },
            ["other"] = new() { Name = "bob" },
        });
        Assert.Equal("ann", (await authenticator.AuthenticateAsync(token, Cancelled))?.Name);
        Assert.Null(await authenticator.AuthenticateAsync(token + "0", Cancelled));
        Assert.Null(await authenticator.AuthenticateAsync("", Cancelled));
    }

    [Fact]
    public async Task The_first_authenticator_that_knows_a_token_answers_and_the_known_are_authenticated()
    {
        var chain = new TokenAuthenticatorChain(
        [
            new StaticTokenAuthenticator(new Dictionary<string, UserInfo> { ["a"] = new() { Name = "first", Groups = ["ops"] } }),
            new StaticTokenAuthenticator(new Dictionary<string, UserInfo>
            {
                ["a"] = new() { Name = "second" },
                ["b"] = new() { Name = "bob" },
            }),
        ]);
        UserInfo first = (await chain.AuthenticateAsync("a", Cancelled))!;
        Assert.Equal("first", first.Name);
        Assert.Equal(["ops", WellKnownGroups.Authenticated], first.Groups);
        Assert.Equal("bob", (await chain.AuthenticateAsync("b", Cancelled))!.Name);
        Assert.Null(await chain.AuthenticateAsync("c", Cancelled));
    }

    [Theory]
    [InlineData("t,ann,7", "ann", "7", "")]
    [InlineData("t,ann,,ops", "ann", null, "ops")]
    [InlineData("t,ann,7,\"ops, dev\"\r\n\nu,bob,8", "ann", "7", "ops dev")]
    [InlineData("t,\"O\"\"Hara, Ann\",7", "O\"Hara, Ann", "7", "")]
    public void A_token_file_names_a_user_a_line(string text, string name, string? uid, string groups)
    {
        UserInfo user = TokenFile.Parse(text, "tokens.csv")["t"];
        Assert.Equal((name, uid, groups), (user.Name, user.Uid, string.Join(' ', user.Groups)));
    }

    [Theory]
    [InlineData("t,ann", "line 1", "token,user,uid")]
    [InlineData("a,b,c\n,ann,7", "line 2", "must not be empty")]
    [InlineData("t,ann,7\nt,bob,8", "line 2", "another user's")]
    [InlineData("t,ann,7,\"ops", "line 1", "not closed")]
    public void A_line_that_names_nobody_is_refused_with_its_place(string text, string place, string problem)
    {
        string message = Assert.Throws<InvalidDataException>(() => TokenFile.Parse(text, "tokens.csv")).Message;
        Assert.Contains($"tokens.csv, {place}", message, StringComparison.Ordinal);
        Assert.Contains(problem, message, StringComparison.Ordinal);
    }
}
