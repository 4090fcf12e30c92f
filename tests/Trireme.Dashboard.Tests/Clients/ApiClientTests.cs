using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Trireme.Contracts.Resources;
using Trireme.Dashboard.Clients;

namespace Trireme.Dashboard.Tests.Clients;

public sealed class ApiClientTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Objects_of_all_namespaces_are_read_with_their_status()
    {
        await using FleetServer server = await FleetServer.StartAsync();
        ModelService service = Samples.Service(status: Samples.Status(Samples.Rollout(RolloutPhase.Held, 1)));
        server.Services = [service];
        using var client = new ApiClient(server.Options);

        ModelService read = Assert.Single(await client.ListAsync<ModelService>(Cancelled));

        Assert.Equal("tiny", read.Metadata.Name);
        Assert.Equal(RolloutPhase.Held, read.Status!.Rollout!.Phase);
        Assert.Equal(Samples.Rollout(RolloutPhase.Held, 1).StepStartedAt, read.Status.Rollout.StepStartedAt);
    }

    [Fact]
    public async Task A_refusal_is_told_in_the_words_of_the_server()
    {
        await using FleetServer server = await FleetServer.StartAsync();
        server.ApiBroken = true;
        using var client = new ApiClient(server.Options);
        HttpRequestException refusal = await Assert.ThrowsAsync<HttpRequestException>(() => client.ListAsync<Event>(Cancelled));
        Assert.Equal("it answered 503: the store is closed", refusal.Message);
    }

    [Fact]
    public async Task Only_the_given_authority_is_trusted()
    {
        using X509Certificate2 certificate = SelfSigned();
        using X509Certificate2 stranger = SelfSigned();
        await using FleetServer server = await FleetServer.StartAsync(certificate);
        using var trusting = new ApiClient(server.Options with { ApiCertificateAuthorityPem = certificate.ExportCertificatePem() });
        using var wary = new ApiClient(server.Options with { ApiCertificateAuthorityPem = stranger.ExportCertificatePem() });

        Assert.Empty(await trusting.ListAsync<ModelService>(Cancelled));
        await Assert.ThrowsAsync<HttpRequestException>(() => wary.ListAsync<ModelService>(Cancelled));
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=dashboard test " + Guid.NewGuid(), key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddHours(-1), now.AddHours(1));
    }
}
