using System.Net;
using System.Text.Json.Nodes;
using Trireme.ApiServer.Hosting;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Hosting.Tenancy;
using Trireme.Kubernetes;

namespace Trireme.Tests;

/// <summary>A namespace with a policy, on a real API server.</summary>
public sealed class TenantPolicyTests : IAsyncLifetime
{
    private const string Tenant = "default";

    private EmbeddedApiServer _server = null!;
    private KubernetesConnection _connection = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private ResourceClient<ModelService> Services => new(_connection);

    public async ValueTask InitializeAsync()
    {
        _server = await EmbeddedApiServer.StartAsync(
            new EmbeddedApiServerOptions { Configure = static options => options with { WriteLimits = new TenantWriteLimits(256L << 20) } },
            TestContext.Current.CancellationToken);
        _connection = KubernetesConnection.Open(new KubernetesConnectionOptions
        {
            Server = _server.BaseAddress, CertificateAuthorityPem = _server.AuthorityPem, BearerToken = _server.Token,
        });
    }

    public async ValueTask DisposeAsync()
    {
        _connection.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task What_is_too_much_is_refused_in_the_words_of_Kubernetes_quotas()
    {
        await LimitAsync(new TenantPolicySpec { Replicas = 10, Memory = new ByteSize(5L << 30) });
        await CreateAsync(Service("one", replicas: 9));
        ApiException refused = await RefusedAsync(() => CreateAsync(Service("two", replicas: 3)));
        Assert.Equal(
            "modelservices.trireme.dev \"two\" is forbidden: exceeded quota: default, requested: replicas=3,memory=1536Mi, "
            + "used: replicas=9,memory=4608Mi, limited: replicas=10,memory=5Gi; lower spec.replicas, remove what is not needed, or have "
            + "spec.replicas, spec.memory of TenantPolicy default in namespace default raised",
            refused.Status.Message);
        Assert.Equal(("Forbidden", "spec.replicas"), (refused.Status.Reason, refused.Status.Details!.Causes![0].Field));
        await CreateAsync(Service("three", replicas: 1));
    }

    [Fact]
    public async Task No_way_of_writing_gets_past_it_and_what_is_there_may_shrink()
    {
        ModelService service = await CreateAsync(Service("one", replicas: 5));
        await LimitAsync(new TenantPolicySpec { Replicas = 4 });
        var key = ResourceKey.Of(service);
        JsonObject Spec(int replicas) => new() { ["spec"] = new JsonObject { ["replicas"] = replicas } };
        await RefusedAsync(() => Services.ReplaceAsync(service with { Spec = service.Spec with { Replicas = 6 } }, Stop));
        await RefusedAsync(() => Services.PatchAsync(key, Spec(6), Stop));
        await RefusedAsync(() => Services.ApplyAsync(Service("one", replicas: 6), Stop));
        Assert.Equal(HttpStatusCode.Forbidden, await ScaleAsync(6));
        Assert.Equal(HttpStatusCode.OK, await ScaleAsync(4));
        await Services.PatchAsync(key, Spec(3), Stop);
        await Services.PatchAsync(key, Spec(4), Stop);
        await RefusedAsync(() => Services.PatchAsync(key, Spec(5), Stop));
    }

    [Fact]
    public async Task A_dry_run_says_it_too_and_an_object_that_exists_is_called_so()
    {
        await LimitAsync(new TenantPolicySpec { Objects = new ObjectLimits { ModelServices = 1 } });
        await CreateAsync(Service("one", replicas: 1));
        ApiException exists = await Assert.ThrowsAsync<ApiException>(() => CreateAsync(Service("one", replicas: 1)));
        Assert.Equal(HttpStatusCode.Conflict, exists.StatusCode);
        JsonObject two = System.Text.Json.JsonSerializer.SerializeToNode(Service("two", 1), ResourceJson.Options)!.AsObject();
        var client = new UntypedClient(_connection, "tests");
        ApiException refused = await RefusedAsync(() => client.ApplyAsync(
            Contracts.Schema.ResourceCatalog.ModelServices, new ResourceKey(Tenant, "two"), two, force: false, dryRun: true, Stop));
        Assert.Contains("limited: modelservices=1; remove what is not needed", refused.Status.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Writes_at_the_same_time_keep_to_it_together()
    {
        await LimitAsync(new TenantPolicySpec { Replicas = 7, Objects = new ObjectLimits { ConfigMaps = 5 } });
        bool[] services = await Task.WhenAll(
            Enumerable.Range(0, 24).Select(i => WrittenAsync(() => CreateAsync(Service($"s{i}", replicas: 2)))));
        bool[] maps = await Task.WhenAll(Enumerable.Range(0, 24).Select(i => WrittenAsync(
            () => CreateAsync(new ConfigMap { Metadata = new ObjectMeta { Name = $"m{i}", Namespace = Tenant } }))));
        Assert.Equal((3, 5), (services.Count(static written => written), maps.Count(static written => written)));
    }

    [Fact]
    public async Task What_the_platform_makes_is_never_limited()
    {
        await LimitAsync(new TenantPolicySpec
        {
            Replicas = 0,
            Memory = new ByteSize(1),
            Objects = new ObjectLimits { Releases = 0, ModelServices = 0, Secrets = 0, ConfigMaps = 0 },
        });
        await CreateAsync(new ModelReplica
        {
            Metadata = new ObjectMeta { Name = "r", Namespace = Tenant },
            Spec = new ModelReplicaSpec
            {
                Service = "s", Release = "v1", ContentHash = "h", Model = ArtifactSource.OfFile("/models/x"),
            },
        });
        var lease = new Lease { Metadata = new ObjectMeta { Name = "l", Namespace = Tenant } };
        await CreateAsync(lease);
        await RefusedAsync(() => CreateAsync(Service("one", replicas: 0)));
    }

    [Fact]
    public async Task A_budget_holds_by_the_price_of_the_pool()
    {
        await CreateAsync(new AcceleratorPool
        {
            Metadata = new ObjectMeta { Name = AcceleratorPool.Local },
            Spec = new AcceleratorPoolSpec
            {
                Devices = [new PoolDevice { Name = "cpu", Memory = new ByteSize(4L << 30) }], PricePerHour = 0.8,
            },
        });
        await LimitAsync(new TenantPolicySpec { BudgetPerMonth = 150 });

        // Half a gibibyte of four at 0.8 an hour for 730 hours is 73 a month.
        await CreateAsync(Service("one", replicas: 2));
        ApiException refused = await RefusedAsync(() => CreateAsync(Service("two", replicas: 1)));
        Assert.Contains(
            "requested: costPerMonth=73.00, used: costPerMonth=146.00, limited: costPerMonth=150.00", refused.Status.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_policy_of_another_name_is_refused()
    {
        ApiException refused = await Assert.ThrowsAsync<ApiException>(() => CreateAsync(
            new TenantPolicy { Metadata = new ObjectMeta { Name = "mine", Namespace = Tenant } }));
        Assert.Contains("\"mine\" must be \"default\"", refused.Status.Message, StringComparison.Ordinal);
    }

    private Task<T> CreateAsync<T>(T resource)
        where T : class, IResource =>
        new ResourceClient<T>(_connection).CreateAsync(resource, Stop);

    private Task<TenantPolicy> LimitAsync(TenantPolicySpec spec) => CreateAsync(
        new TenantPolicy { Metadata = new ObjectMeta { Name = TenantPolicy.OnlyName, Namespace = Tenant }, Spec = spec });

    /// <summary>A service whose replicas take half a gibibyte each.</summary>
    private static ModelService Service(string name, int replicas) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = Tenant },
        Spec = new ModelServiceSpec
        {
            Release = "v1", Replicas = replicas, Resources = new ReplicaResources { Memory = new ByteSize(256L << 20) },
        },
    };

    private async Task<HttpStatusCode> ScaleAsync(int replicas)
    {
        using HttpClient client = _server.CreateClient();
        using var body = new StringContent(
            $$$"""{"spec":{"replicas":{{{replicas}}}}}""", System.Text.Encoding.UTF8, "application/merge-patch+json");
        using HttpResponseMessage answer = await client.PatchAsync(
            new Uri($"/apis/trireme.dev/v1alpha1/namespaces/{Tenant}/modelservices/one/scale", UriKind.Relative), body, Stop);
        return answer.StatusCode;
    }

    private static async Task<ApiException> RefusedAsync(Func<Task> write)
    {
        ApiException refused = await Assert.ThrowsAsync<ApiException>(write);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains("exceeded quota: default", refused.Status.Message, StringComparison.Ordinal);
        return refused;
    }

    private static async Task<bool> WrittenAsync(Func<Task> write)
    {
        try
        {
            await write();
            return true;
        }
        catch (ApiException exception) when (exception.StatusCode == HttpStatusCode.Forbidden)
        {
            return false;
        }
    }
}
