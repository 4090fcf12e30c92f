using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Trireme.ApiServer.Tests.Serving;
using Trireme.Contracts.Identity;
using Trireme.Testing;
using static Trireme.ApiServer.Tests.Serving.Objects;

namespace Trireme.ApiServer.Tests.Access;

/// <summary>
/// The same requests as were sent to a real Kubernetes API server, in the same order, with the same answers but for ids, times and
/// signatures.
/// </summary>
public sealed partial class RecordedAccessTests
{
    /// <summary>Recorded before a controller had filled the role "view" there: binding an empty role gives nothing.</summary>
    private const string BindingOfAnEmptyRole = "escalation by binding";

    /// <summary>Requests of the service account, whose token the record leaves out.</summary>
    private static readonly string[] OfTheAccount =
        ["whoami of the account (the token is left out here)", "forbidden for the account", "may not impersonate"];

    [Theory]
    [InlineData("authorization.jsonl")]
    [InlineData("tokens.jsonl")]
    public async Task Answers_are_those_of_kubernetes(string file)
    {
        string? path = Fixtures.Find("recorded/kubernetes/" + file);
        Assert.SkipWhen(path is null, "The recorded answers are not on this machine.");
        await using AccessServer server = await PrepareAsync();
        var differences = new List<string>();
        string token = "";
        await foreach (string line in File.ReadLinesAsync(path!, TestContext.Current.CancellationToken))
        {
            JsonObject exchange = Map(line);
            string note = (string)exchange["note"]!;
            if (note == BindingOfAnEmptyRole) continue;
            string bearer = note switch
            {
                "no credentials" => "",
                "wrong token" => "wrong",
                _ when OfTheAccount.Contains(note) => await AccountTokenAsync(server),
                _ => "admin",
            };
            (int code, JsonObject answer) = await SendAsync(server, exchange["request"]!.AsObject(), bearer, token);
            if ((answer["status"] as JsonObject)?["token"] is { } made) token = (string)made!;
            JsonObject recorded = exchange["response"]!.AsObject();
            string expected = Shown((int)recorded["status"]!, recorded["body"]!.AsObject());
            string actual = Shown(code, answer);
            if (expected != actual) differences.Add($"{note}:\n  expected {expected}\n  actual   {actual}");
        }

        Assert.True(differences.Count == 0, string.Join("\n", differences));
    }

    private static async Task<AccessServer> PrepareAsync()
    {
        AccessServer server = await AccessServer.StartAsync(new UserInfo { Name = "admin", Uid = "admin-uid-0001" });
        await server.Admin.PostAsync(
            AccessServer.Rbac + "/clusterrolebindings",
            AccessServer.Binding("ClusterRoleBinding", "admin-user", "ClusterRole", "cluster-admin", "admin"));
        await server.Admin.PostAsync("/api/v1/namespaces", Meta("v1", "Namespace", "rec-a"));
        await server.Admin.PostAsync("/api/v1/namespaces/rec-a/serviceaccounts", Meta("v1", "ServiceAccount", "sa"));
        return server;
    }

    private static async Task<string> AccountTokenAsync(AccessServer server)
    {
        JsonObject answer = await server.Admin.PostAsync("/api/v1/namespaces/rec-a/serviceaccounts/sa/token", Map("""{"spec":{}}"""));
        return (string)answer["status"]!["token"]!;
    }

    private static async Task<(int Code, JsonObject Answer)> SendAsync(
        AccessServer server, JsonObject request, string bearer, string issued)
    {
        using Api api = server.As(bearer);
        if (bearer.Length == 0) api.Http.DefaultRequestHeaders.Authorization = null;
        string contentType = "application/json";
        foreach ((string name, JsonNode? value) in request["headers"]!.AsObject())
        {
            if (name == "Content-Type") contentType = (string)value!;
            else if (name != "Accept") api.Http.DefaultRequestHeaders.TryAddWithoutValidation(name, (string)value!);
        }

        // Where the record shows its own token, ours is presented.
        string? body = request["body"] is { } sent ? Token().Replace(sent.ToJsonString(), issued) : null;
        (int code, string text, _) = await api.SendTextAsync(
            HttpMethod.Parse((string)request["method"]!), (string)request["path"]!, body, contentType, "application/json");
        return (code, JsonNode.Parse(text)!.AsObject());
    }

    /// <summary>What is compared: of a Status all but advice at its end, of a review its answer, of a stored object what it says.</summary>
    private static string Shown(int code, JsonObject answer)
    {
        string kind = (string)answer["kind"]!;
        JsonObject shown = new() { ["code"] = code, ["kind"] = kind };
        string[] members = kind switch
        {
            "Status" => ["message", "reason", "details"],
            "TokenRequest" => ["spec", "status"],
            "Role" or "RoleBinding" => ["rules", "subjects", "roleRef"],
            _ => ["status"],
        };
        foreach (string member in members) shown[member] = answer[member]?.DeepClone();
        if (code == 401) shown["message"] = "Unauthorized";
        string text = JsonSerializer.Serialize(Sorted(shown));
        text = Token().Replace(text, match => Claims(match.Value));
        return Time().Replace(Uuid().Replace(text, "UUID"), "TIME");
    }

    /// <summary>What a token says instead of the token, without times.</summary>
    private static string Claims(string token)
    {
        byte[] payload = System.Buffers.Text.Base64Url.DecodeFromChars(token.Split('.')[1]);
        JsonObject claims = JsonNode.Parse(payload)!.AsObject();
        foreach (string time in (string[])["exp", "iat", "nbf"]) claims[time] = claims[time] is null ? null : "TIME";
        return JsonEncodedText.Encode(JsonSerializer.Serialize(Sorted(claims))).ToString();
    }

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(map.OrderBy(static entry => entry.Key, StringComparer.Ordinal)
            .Select(static entry => KeyValuePair.Create(entry.Key, Sorted(entry.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Sorted)]),
        _ => node?.DeepClone(),
    };

    [GeneratedRegex(@"eyJ[\w-]+\.[\w-]+\.[\w-]+")]
    private static partial Regex Token();

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")]
    private static partial Regex Uuid();

    [GeneratedRegex(@"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")]
    private static partial Regex Time();
}
