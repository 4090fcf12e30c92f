using System.Diagnostics;
using System.Text.Json.Nodes;
using Trireme.Testing;
using static Trireme.ApiServer.Tests.Serving.Objects;

namespace Trireme.ApiServer.Tests.Serving;

/// <summary>The tool users have, against the real server.</summary>
public sealed class KubectlTests(SharedServer shared) : IAsyncLifetime
{
    private const string Manifest = """
        apiVersion: trireme.dev/v1alpha1
        kind: ModelService
        metadata:
          name: tiny
          labels:
            team: search
        spec:
          release: tiny-v1
          replicas: 2
        """;

    private readonly TemporaryFolder _folder = new();
    private string _namespace = "";
    private Kubectl _kubectl = null!;

    public async ValueTask InitializeAsync()
    {
        Kubectl.SkipIfAbsent();
        _namespace = await shared.NewNamespaceAsync();
        _kubectl = new Kubectl(shared.Server.KubeconfigPath, _namespace, _folder.File("cache"));
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Apply_creates_then_changes_then_leaves_alone()
    {
        Assert.Equal("modelservice.trireme.dev/tiny created\n", await _kubectl.RunAsync("apply -f -", Manifest));
        Assert.Equal("modelservice.trireme.dev/tiny unchanged\n", await _kubectl.RunAsync("apply -f -", Manifest));
        string scaled = Manifest.Replace("replicas: 2", "replicas: 3", StringComparison.Ordinal);
        Assert.Equal("modelservice.trireme.dev/tiny configured\n", await _kubectl.RunAsync("apply -f -", scaled));
        Assert.Equal("3", await _kubectl.RunAsync("get msvc tiny -o jsonpath={.spec.replicas}"));
        Assert.Matches("NAME +RELEASE +SERVING +READY +WANTED +ROLLOUT +AGE\ntiny +tiny-v1 ", await _kubectl.RunAsync("get msvc"));
    }

    [Fact]
    public async Task An_unknown_field_is_named_with_what_was_meant()
    {
        string wrong = Manifest.Replace("replicas", "replcas", StringComparison.Ordinal);
        string error = await _kubectl.FailAsync("apply -f -", wrong);
        const string Expected = "strict decoding error: unknown field \"spec.replcas\", did you mean \"replicas\"?";
        Assert.Contains(Expected, error, StringComparison.Ordinal);
        string invalid = await _kubectl.FailAsync("apply -f -", Manifest.Replace("replicas: 2", "replicas: -2", StringComparison.Ordinal));
        Assert.Contains("The ModelService \"tiny\" is invalid: spec.replicas: ", invalid, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Objects_are_labelled_annotated_patched_and_edited()
    {
        await _kubectl.RunAsync("apply -f -", Manifest);
        await _kubectl.RunAsync("label msvc tiny tier=gold");
        await _kubectl.RunAsync("annotate msvc tiny note=hello");
        await _kubectl.RunAsync("patch msvc tiny --type=json -p '[{\"op\":\"replace\",\"path\":\"/spec/replicas\",\"value\":4}]'");
        await _kubectl.RunAsync("patch msvc tiny --type=merge -p '{\"spec\":{\"drain\":{\"timeout\":\"5s\"}}}'");
        await _kubectl.RunAsync("edit msvc tiny", editor: "sed -i s/replicas:.4/replicas:\\ 5/");

        const string Path = "{.items[*].spec.replicas}/{.items[*].spec.drain.timeout}/{.items[*].metadata.annotations.note}";
        Assert.Equal("5/5s/hello", await _kubectl.RunAsync($"get msvc -l tier=gold -o jsonpath={Path}"));
    }

    [Fact]
    public async Task Describe_shows_the_object_and_its_events()
    {
        await _kubectl.RunAsync("apply -f -", Manifest);
        JsonObject service = await shared.Api.GetAsync(Services(_namespace, "tiny"));
        JsonObject happened = Meta("v1", "Event", "tiny.1");
        happened["involvedObject"] = new JsonObject
        {
            ["kind"] = "ModelService",
            ["name"] = "tiny",
            ["namespace"] = _namespace,
            ["uid"] = service.Uid(),
        };
        happened["type"] = "Warning";
        happened["reason"] = "ReplicaFailed";
        happened["message"] = "the engine ended";
        await shared.Api.PostAsync($"/api/v1/namespaces/{_namespace}/events", happened);

        string text = await _kubectl.RunAsync("describe msvc tiny");
        Assert.Contains("Release:   tiny-v1", text, StringComparison.Ordinal);
        Assert.Contains("ReplicaFailed", text, StringComparison.Ordinal);
        Assert.Contains("the engine ended", await _kubectl.RunAsync("get events"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_and_api_resources_know_the_kinds()
    {
        string explained = await _kubectl.RunAsync("explain msvc.spec.replicas");
        Assert.Contains("FIELD: replicas <integer>", explained, StringComparison.Ordinal);
        string resources = await _kubectl.RunAsync("api-resources");
        Assert.Matches("modelservices +msvc,ms +trireme.dev/v1alpha1 +true +ModelService", resources);
        Assert.Matches("modelservice.trireme.dev/tiny", await AppliedAsync() + await _kubectl.RunAsync("get trireme -o name"));
    }

    [Fact]
    public async Task Explain_tells_what_fields_mean_and_what_their_absence_does()
    {
        string replicas = await _kubectl.RunAsync("explain ms.spec.replicas");
        Assert.Contains("Running engines wanted for the serving release. Defaults to 1.", Plain(replicas), StringComparison.Ordinal);
        string rollout = await _kubectl.RunAsync("explain modelservice.spec.rollout --recursive");
        Assert.Contains("minDuration", rollout, StringComparison.Ordinal);
        string held = await _kubectl.RunAsync("explain msvc.spec.rollout.onInconclusive");
        Assert.Contains("Defaults to Hold.", Plain(held), StringComparison.Ordinal);
        Assert.Contains("ENUM", held, StringComparison.Ordinal);
        string release = await _kubectl.RunAsync("explain rel.spec.source.path");
        Assert.Contains("Folder, or a file whose name ends in .gguf", Plain(release), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scale_sets_the_number_and_only_from_where_it_was_thought_to_be()
    {
        await AppliedAsync();
        Assert.Equal("modelservice.trireme.dev/tiny scaled\n", await _kubectl.RunAsync("scale msvc/tiny --replicas=5"));
        Assert.Equal("5", await _kubectl.RunAsync("get ms tiny -o jsonpath={.spec.replicas}"));
        string wrong = await _kubectl.FailAsync("scale ms tiny --current-replicas=2 --replicas=7");
        Assert.Contains("Expected replicas to be 2, was 5", wrong, StringComparison.Ordinal);
        await _kubectl.RunAsync("scale ms tiny --current-replicas=5 --replicas=7");
        Assert.Matches("NAME +DESIRED +AVAILABLE +AGE\ntiny +7 +0 ", await _kubectl.RunAsync("get ms tiny --subresource=scale"));
        string many = await _kubectl.FailAsync("scale ms tiny --replicas=1000");
        Assert.Contains("spec.replicas: 1000 is too large; must be at most 256", many, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_release_in_use_is_not_deleted_and_its_users_are_named()
    {
        const string Release = "apiVersion: trireme.dev/v1alpha1\nkind: Release\nmetadata: {name: tiny-v1}\nspec: {source: {path: m}}\n";
        await _kubectl.RunAsync("apply -f -", $"{Release}---\n{Manifest}");
        string refused = await _kubectl.FailAsync("delete release tiny-v1");
        Assert.Contains(
            $"\"tiny-v1\" in namespace \"{_namespace}\": it is in use by ModelService \"tiny\" (wanted); "
                + "move them to another one or delete them first",
            refused,
            StringComparison.Ordinal);
        await _kubectl.RunAsync("delete msvc tiny");
        await _kubectl.RunAsync("delete release tiny-v1");
        await _kubectl.RunAsync("apply -f -", $"{Release}---\n{Manifest}");
        await _kubectl.RunAsync($"delete namespace {_namespace} --timeout=30s");
    }

    [Fact]
    public async Task Version_and_access_are_told()
    {
        Assert.Matches("Server Version: v1\\.32\\.0\\+trireme-[^+]+\n", await _kubectl.RunAsync("version"));
        Assert.Equal("yes\n", await _kubectl.RunAsync("auth can-i update modelservices --subresource=scale"));
    }

    [Fact]
    public async Task Wait_returns_when_the_condition_comes_true()
    {
        await AppliedAsync();
        using Process waiting = _kubectl.Start("wait --for=condition=Ready msvc/tiny --timeout=20s");
        await shared.Api.MergeAsync(Services(_namespace, "tiny") + "/status", Parse("""
            {"status":{"conditions":[{"type":"Ready","status":"True","reason":"Serving"}]}}
            """));
        string output = await waiting.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.Equal("modelservice.trireme.dev/tiny condition met\n", output);
    }

    [Fact]
    public async Task Watching_get_prints_changes()
    {
        await AppliedAsync();
        using Process watching = _kubectl.Start("get msvc tiny -w -o 'jsonpath={.spec.replicas}{\"\\n\"}'");
        try
        {
            CancellationToken cancellation = TestContext.Current.CancellationToken;
            Assert.Equal("2", await watching.StandardOutput.ReadLineAsync(cancellation));

            // kubectl drops the first event of its watch, which may tell of a change made before the watch began.
            Task<string?> printed = watching.StandardOutput.ReadLineAsync(cancellation).AsTask();
            int replicas = 2;
            await Eventually.True("a change is printed", TimeSpan.FromSeconds(30), async () =>
            {
                await shared.Api.MergeAsync(Services(_namespace, "tiny"), Parse($$$"""{"spec":{"replicas":{{{++replicas}}}}}"""));
                return printed.IsCompleted;
            }, cancellation);
            Assert.InRange(int.Parse((await printed)!, System.Globalization.CultureInfo.InvariantCulture), 3, replicas);
        }
        finally
        {
            watching.Kill();
        }
    }

    [Fact]
    public async Task Delete_waits_until_the_object_is_gone()
    {
        await AppliedAsync();
        Assert.Equal("modelservice.trireme.dev \"tiny\" deleted\n", await _kubectl.RunAsync("delete msvc tiny"));
        string error = await _kubectl.FailAsync("get msvc tiny");
        Assert.Contains("modelservices.trireme.dev \"tiny\" not found", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_side_apply_names_the_conflicting_manager_and_can_be_forced()
    {
        await _kubectl.RunAsync("apply --server-side --field-manager=one -f -", Manifest);
        string other = Manifest.Replace("replicas: 2", "replicas: 9", StringComparison.Ordinal);
        string error = await _kubectl.FailAsync("apply --server-side --field-manager=two -f -", other);
        const string Expected = "Apply failed with 1 conflict: conflict with \"one\": .spec.replicas";
        Assert.Contains(Expected, error, StringComparison.Ordinal);
        await _kubectl.RunAsync("apply --server-side --field-manager=two --force-conflicts -f -", other);
    }

    [Fact]
    public async Task Client_side_apply_hands_over_to_server_side_apply()
    {
        await AppliedAsync();
        string without = Manifest.Replace("\n  replicas: 2", "", StringComparison.Ordinal);
        await _kubectl.RunAsync("apply --server-side -f -", without);
        Assert.Equal("", await _kubectl.RunAsync("get msvc tiny -o jsonpath={.spec.replicas}"));
    }

    [Fact]
    public async Task Objects_made_on_the_command_line_arrive()
    {
        await _kubectl.RunAsync("create configmap settings --from-literal=a=b");
        await _kubectl.RunAsync("create secret generic key --from-literal=k=v");
        Assert.Equal("b", await _kubectl.RunAsync("get configmap/settings -o jsonpath={.data.a}"));
        Assert.Equal("dg==", await _kubectl.RunAsync("get secret/key -o jsonpath={.data.k}"));
        await _kubectl.RunAsync("patch configmap settings -p '{\"data\":{\"c\":\"d\"}}'");
        string manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {c: e}\n";
        await _kubectl.RunAsync("apply -f -", manifest);
        Assert.Equal("e", await _kubectl.RunAsync("get configmap/settings -o jsonpath={.data.c}"));
    }

    [Fact]
    public async Task Workloads_and_their_limits_are_made_on_the_command_line()
    {
        await _kubectl.RunAsync("create quota q --hard=pods=2,requests.cpu=1500m");
        Assert.Equal("2 1500m", await _kubectl.RunAsync("get quota q -o 'jsonpath={.spec.hard.pods} {.spec.hard.requests\\.cpu}'"));
        await _kubectl.RunAsync("create pdb p --selector=app=a --min-available=50%");
        Assert.Equal("50% a", await _kubectl.RunAsync("get pdb p -o 'jsonpath={.spec.minAvailable} {.spec.selector.matchLabels.app}'"));
        await _kubectl.RunAsync("create job j --image=example.com/i:1 -- sleep 1");
        const string Container = "{.spec.template.spec.containers[0].command[0]} {.spec.template.spec.restartPolicy}";
        Assert.Equal("sleep Never", await _kubectl.RunAsync($"get job j -o 'jsonpath={Container}'"));
        await _kubectl.RunAsync($"create priorityclass {_namespace} --value=7");
        Assert.Equal("7", await _kubectl.RunAsync($"get priorityclass {_namespace} -o jsonpath={{.value}}"));
        await _kubectl.RunAsync($"delete priorityclass {_namespace}");
    }

    /// <summary>Without the breaks of lines.</summary>
    private static string Plain(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private Task<string> AppliedAsync() => _kubectl.RunAsync("apply -f -", Manifest);
}
