using System.Text.Json.Nodes;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Tests.Serving;
using Trireme.Testing;
using static Trireme.ApiServer.Tests.Serving.Objects;
using static Trireme.ApiServer.Tests.Workloads.PodObjects;

namespace Trireme.ApiServer.Tests.Workloads;

/// <summary>Jobs: their Pods are made, their ends counted, and they end as Kubernetes' do.</summary>
public sealed class JobTests(SharedServer server)
{
    private Api Api => server.Api;

    [Fact]
    public async Task A_job_completes_with_its_pods_and_is_deleted_after_its_time()
    {
        string ns = await server.NewNamespaceAsync();
        JsonObject job = await Api.PostAsync(JobsOf(ns), Job("a", """{"completions":3,"parallelism":2,"ttlSecondsAfterFinished":1}"""));
        Assert.Equal(job.Uid(), (string?)job["spec"]!["selector"]!["matchLabels"]!["batch.kubernetes.io/controller-uid"]);
        Assert.Equal("{}", job["status"]!.ToJsonString());
        JsonNode[] first = await RunningAsync(ns, "a", 2);
        Assert.All(first, pod =>
        {
            Assert.Equal("a-", (string?)pod["metadata"]!["generateName"]);
            Assert.Equal("Job", (string?)pod["metadata"]!["ownerReferences"]![0]!["kind"]);
            Assert.Equal("""["batch.kubernetes.io/job-tracking"]""", pod["metadata"]!["finalizers"]!.ToJsonString());
        });
        foreach (JsonNode pod in first) await EndAsync(ns, pod, "Succeeded");
        JsonObject counted = await JobAsync(ns, "a", static status => (int?)status["succeeded"] == 2);
        Assert.Equal("{}", counted["status"]!["uncountedTerminatedPods"]!.ToJsonString());
        await EndAsync(ns, (await RunningAsync(ns, "a", 1))[0], "Succeeded");
        await using WatchClient watch = await WatchClient.StartAsync(Api, JobsOf(ns), "resourceVersion=" + job.Version());
        JsonObject? last = null;
        for (JsonObject? seen = await watch.NextAsync(); (string?)seen!["type"] != "DELETED"; seen = await watch.NextAsync()) last = seen;
        JsonNode status = last!["object"]!["status"]!;
        Assert.Equal(
            ["SuccessCriteriaMet CompletionsReached", "Complete CompletionsReached"],
            status["conditions"]!.AsArray().Select(static condition => $"{condition!["type"]} {condition["reason"]}"));
        Assert.Equal(3, (int?)status["succeeded"]);
        Assert.Empty((await Api.GetAsync(PodsOf(ns))).Names());
        JsonArray events = (await Api.GetAsync($"/api/v1/namespaces/{ns}/events"))["items"]!.AsArray();
        Assert.Equal(3, events.Count(static item => (string?)item!["reason"] == "SuccessfulCreate"));
        Assert.Equal(1, events.Count(static item => (string?)item!["reason"] == "Completed"));
    }

    [Fact]
    public async Task A_job_fails_at_its_limit_and_its_pods_stay_to_be_looked_at()
    {
        string ns = await server.NewNamespaceAsync();
        await Api.PostAsync(JobsOf(ns), Job("b", """{"backoffLimit":0}"""));
        await EndAsync(ns, (await RunningAsync(ns, "b", 1))[0], "Failed");
        JsonObject job = await JobAsync(ns, "b", static status => Condition(status, "Failed") is not null);
        JsonNode failed = Condition(job["status"]!, "Failed")!;
        Assert.Equal(
            ("True", "BackoffLimitExceeded", "Job has reached the specified backoff limit"),
            ((string?)failed["status"], (string?)failed["reason"], (string?)failed["message"]));
        Assert.Equal(1, (int?)job["status"]!["failed"]);
        JsonNode pod = Assert.Single((await Api.GetAsync(PodsOf(ns)))["items"]!.AsArray())!;
        Assert.Null(pod["metadata"]!["finalizers"]);
    }

    [Fact]
    public async Task The_pods_of_a_job_keep_to_the_quota_and_follow_once_there_is_room()
    {
        string ns = await server.NewNamespaceAsync();
        await Api.PostAsync(QuotasOf(ns), Quota("q", """{"pods":"1"}"""));
        await Api.PostAsync(JobsOf(ns), Job("c", """{"completions":2,"parallelism":2}"""));
        JsonNode one = (await RunningAsync(ns, "c", 1))[0];
        await Eventually.True(
            "the refusal is told", Soon,
            async () => (await Api.GetAsync($"/api/v1/namespaces/{ns}/events")).ToJsonString()
                .Contains("exceeded quota: q, requested: pods=1", StringComparison.Ordinal),
            TestContext.Current.CancellationToken);
        await EndAsync(ns, one, "Succeeded");
        await EndAsync(ns, (await RunningAsync(ns, "c", 1))[0], "Succeeded");
        await JobAsync(ns, "c", static status => Condition(status, "Complete") is not null);
    }

    [Fact]
    public async Task A_job_that_is_deleted_takes_its_pods_along_or_leaves_them_to_themselves()
    {
        string ns = await server.NewNamespaceAsync();
        await Api.PostAsync(JobsOf(ns), Job("d"));
        await Api.PostAsync(JobsOf(ns), Job("e"));
        await RunningAsync(ns, "d", 1);
        await RunningAsync(ns, "e", 1);
        (_, _, var headers) = await Api.SendTextAsync(HttpMethod.Delete, JobsOf(ns, "e"), null);
        Assert.Contains("child pods are preserved by default", headers.Warning.ToString(), StringComparison.Ordinal);
        await Api.DeleteAsync(JobsOf(ns, "d") + "?propagationPolicy=Background");
        await Eventually.True(
            "one pod is left, owned and held by nobody", Soon,
            async () => (await Api.GetAsync(PodsOf(ns)))["items"]!.AsArray() is [{ } pod]
                && ((string)pod["metadata"]!["name"]!).StartsWith("e-", StringComparison.Ordinal)
                && pod["metadata"]!["finalizers"] is null && pod["metadata"]!["ownerReferences"] is null,
            TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_job_goes_on_after_a_restart_where_it_was()
    {
        using var folder = new TemporaryFolder();
        for (int start = 0; start < 2; start++)
        {
            await using EmbeddedApiServer own = await EmbeddedApiServer.StartAsync(
                new EmbeddedApiServerOptions { DataFolder = folder.Path }, TestContext.Current.CancellationToken);
            using var api = new Api(own.CreateClient());
            if (start == 0)
            {
                await api.PostAsync("/api/v1/namespaces", Meta("v1", "Namespace", "kept"));
                await api.PostAsync(JobsOf("kept"), Job("j", """{"completions":2}"""));
            }

            JsonNode pod = (await RunningAsync("kept", "j", 1, api))[0];
            await EndAsync("kept", pod, "Succeeded", api);
        }

        // The second end is written; whether it is counted before or after the next start makes no difference.
        await using EmbeddedApiServer last = await EmbeddedApiServer.StartAsync(
            new EmbeddedApiServerOptions { DataFolder = folder.Path }, TestContext.Current.CancellationToken);
        using var reader = new Api(last.CreateClient());
        JsonObject job = await JobAsync("kept", "j", static status => Condition(status, "Complete") is not null, reader);
        Assert.Equal(2, (int?)job["status"]!["succeeded"]);
    }

    [Theory]
    [InlineData(
        """{"template":{"spec":{"containers":[{"name":"c","image":"i"}]}}}""", "spec.template.spec.restartPolicy: FieldValueRequired")]
    [InlineData("""{"completionMode":"Indexed"}""", "spec.completionMode: FieldValueNotSupported")]
    [InlineData("""{"podFailurePolicy":{"rules":[]}}""", "spec.podFailurePolicy: FieldValueForbidden")]
    [InlineData("""{"parallelism":-1}""", "spec.parallelism: FieldValueInvalid")]
    [InlineData("""{"selector":{"matchLabels":{"a":"b"}}}""", "spec.selector: FieldValueInvalid")]
    public async Task A_job_that_is_wrong_or_not_supported_is_refused(string spec, string cause)
    {
        string ns = await server.NewNamespaceAsync();
        Assert.Contains(cause, (await Api.PostAsync(JobsOf(ns), Job("j", spec), expect: 422)).Causes());
    }

    [Fact]
    public async Task What_a_job_was_made_for_does_not_change()
    {
        string ns = await server.NewNamespaceAsync();
        await Api.PostAsync(JobsOf(ns), Job("j", """{"suspend":true}"""));
        await Api.MergeAsync(JobsOf(ns, "j"), Parse("""{"spec":{"parallelism":5,"suspend":false}}"""));
        JsonObject refused = await Api.MergeAsync(JobsOf(ns, "j"), Parse("""{"spec":{"completions":5}}"""), expect: 422);
        Assert.Equal(["spec.completions: FieldValueInvalid"], refused.Causes());
        Assert.Contains("field is immutable", refused.Message(), StringComparison.Ordinal);
    }

    private static JsonNode? Condition(JsonNode status, string type) =>
        (status["conditions"] as JsonArray ?? []).FirstOrDefault(condition => (string?)condition!["type"] == type);

    private Task<JsonNode[]> RunningAsync(string ns, string job, int count, Api? api = null) => Eventually.Get(
        $"{count} pods of {job}", TimeSpan.FromSeconds(20),
        async () =>
        {
            JsonObject list = await (api ?? Api).GetAsync($"{PodsOf(ns)}?labelSelector=job-name%3D{job}");
            JsonNode[] running = [.. list["items"]!.AsArray().Where(static pod => (string?)pod!["status"]!["phase"] == "Pending")!];
            return running.Length == count ? running : null;
        },
        TestContext.Current.CancellationToken);

    private Task<JsonObject> JobAsync(string ns, string name, Func<JsonNode, bool> holds, Api? api = null) => Eventually.Get(
        $"the status of {name}", Soon,
        async () => await (api ?? Api).GetAsync(JobsOf(ns, name)) is var job && holds(job["status"]!) ? job : null,
        TestContext.Current.CancellationToken);

    private Task<JsonObject> EndAsync(string ns, JsonNode pod, string phase, Api? api = null) =>
        (api ?? Api).StatusAsync(PodsOf(ns, (string)pod["metadata"]!["name"]!), $$$"""{"phase":"{{{phase}}}"}""");
}
