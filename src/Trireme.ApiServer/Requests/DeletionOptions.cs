using System.Text.Json.Nodes;
using Trireme.ApiServer.Resources;
using Trireme.Contracts.Validation;

namespace Trireme.ApiServer.Requests;

internal enum DeletionPropagation
{
    /// <summary>The object goes at once; its dependents follow.</summary>
    Background,

    /// <summary>
    /// The object waits until the dependents that block it are gone, but for those that wait for it in turn.
    /// </summary>
    Foreground,

    /// <summary>The dependents stay and forget the object.</summary>
    Orphan,
}

/// <summary>How to delete.</summary>
/// <param name="Propagation">What becomes of dependents; null leaves it to the object's finalizers.</param>
/// <param name="Uid">The UID the object must have; null for any.</param>
/// <param name="ResourceVersion">The version the object must be at; null for any.</param>
/// <param name="DryRun">True to do everything but delete.</param>
/// <param name="GraceSeconds">How long a Pod may take to end; null leaves it to the Pod.</param>
/// <param name="Unreadable">True to delete an object that cannot be read, whatever holds it or depends on it.</param>
internal sealed record DeletionOptions(
    DeletionPropagation? Propagation,
    string? Uid,
    string? ResourceVersion,
    bool DryRun,
    long? GraceSeconds = null,
    bool Unreadable = false)
{
    /// <summary>Kubernetes' option for objects its store cannot decode.</summary>
    public const string IgnoreReadError = "ignoreStoreReadErrorWithClusterBreakingPotential";

    private static readonly string[] Known =
    [
        "apiVersion", "kind", "dryRun", "gracePeriodSeconds", IgnoreReadError, "orphanDependents", "preconditions", "propagationPolicy",
    ];

    public static async Task<Outcome<DeletionOptions>> ReadAsync(ApiRequest request)
    {
        var body = new JsonObject();
        if ((await RequestContent.ReadAsync(request.Http.Request)).Failed(out StatusError? error, out byte[]? bytes)) return error;
        string mediaType = RequestContent.MediaType(request.Http.Request);
        Outcome<JsonObject> read = bytes.Length == 0 ? body
            : mediaType == ProtobufReader.ContentType ? RequestContent.ParseProtobuf(bytes)
            : RequestContent.ParseObject(bytes, mediaType == RequestContent.Yaml);
        if (read.Failed(out error, out body)) return error;

        return Read(request, body);
    }

    /// <summary>Reads options from an object, and from the query what the object does not say.</summary>
    public static Outcome<DeletionOptions> Read(ApiRequest request, JsonObject body)
    {
        // A switch that is misspelt must not turn into a deletion of another kind unseen.
        foreach ((string name, _) in body)
        {
            if (!Known.Contains(name)) Warnings.Add(request.Http.Response, $"unknown field \"{name}\"{Nearest(name)}");
        }

        if (Text(body, request, "propagationPolicy").Failed(out StatusError? error, out TextParameter? policyName)) return error;
        if (Text(body, request, "orphanDependents").Failed(out error, out TextParameter? orphans)) return error;
        if (DryRuns(body, request).Failed(out error, out SwitchParameter? dryRun)) return error;
        if (Policy(policyName.Value, orphans.Value).Failed(out error, out PolicyParameter? policy)) return error;
        if (Grace(body, request).Failed(out error, out NumberParameter? grace)) return error;
        if (Precondition(body, "uid").Failed(out error, out TextParameter? uid)) return error;
        if (Precondition(body, "resourceVersion").Failed(out error, out TextParameter? version)) return error;
        bool unreadable = body[IgnoreReadError]?.ToString() == "true" || request.Query(IgnoreReadError) == "true";
        return new DeletionOptions(
            policy.Value, uid.Value, version.Value, dryRun.Value, grace.Value, unreadable);
    }

    /// <summary>What the object must still be. To ignore one of another type would delete an object that it was to spare.</summary>
    private static Outcome<TextParameter> Precondition(JsonObject body, string name)
    {
        if (body["preconditions"] is not { } preconditions) return new TextParameter(null);
        if (preconditions is not JsonObject members) return StatusErrors.BadRequest("preconditions must be an object");
        return members[name] is null || members.Text(name) is not null
            ? new TextParameter(members.Text(name))
            : StatusErrors.BadRequest($"preconditions.{name} must be a string");
    }

    private static Outcome<NumberParameter> Grace(JsonObject body, ApiRequest request)
    {
        const string Name = "gracePeriodSeconds";
        if (body[Name] is null)
        {
            return request.Number(Name).Failed(out StatusError? error, out NumberParameter? asked) ? error : Checked(asked);
        }

        return ResourceDocument.WholeNumber(body[Name]) is { } seconds
            ? Checked(new NumberParameter(seconds))
            : StatusErrors.BadRequest($"{Name} must be a whole number");

        static Outcome<NumberParameter> Checked(NumberParameter seconds) => seconds.Value < 0
            ? StatusErrors.InvalidDeleteOptions(Name, FieldErrorType.Invalid, "must be greater than or equal to 0")
            : seconds;
    }

    private static Outcome<PolicyParameter> Policy(string? name, string? orphans)
    {
        if (orphans is not null && name is not null)
        {
            return StatusErrors.InvalidDeleteOptions(
                "propagationPolicy", FieldErrorType.Invalid, "orphanDependents and deletionPropagation cannot be both set");
        }

        // Kubernetes' older switch: false means that the dependents go too.
        if (orphans is not null)
        {
            return orphans switch
            {
                "true" => new PolicyParameter(DeletionPropagation.Orphan),
                "false" => new PolicyParameter(DeletionPropagation.Background),
                _ => StatusErrors.BadRequest($"orphanDependents=\"{orphans}\" must be true or false"),
            };
        }

        if (name is null) return new PolicyParameter(null);
        return ExactName.TryParse(name, out DeletionPropagation policy)
            ? new PolicyParameter(policy)
            : StatusErrors.InvalidDeleteOptions(
                "propagationPolicy", FieldErrorType.NotSupported, $"\"{name}\" is not supported; use Background, Foreground or Orphan");
    }

    private static Outcome<SwitchParameter> DryRuns(JsonObject body, ApiRequest request)
    {
        var asked = new List<string>(body.TextList("dryRun"));
        if (request.Query("dryRun") is { Length: > 0 } query) asked.Add(query);
        bool isList = body["dryRun"] is null || (body["dryRun"] is JsonArray list && list.Count == body.TextList("dryRun").Count);
        return !isList || asked.Exists(static value => value != "All")
            ? StatusErrors.InvalidDeleteOptions("dryRun", FieldErrorType.NotSupported, "only the list [\"All\"] is supported")
            : new SwitchParameter(asked.Count > 0);
    }

    /// <summary>A text or switch from the body, or else from the query.</summary>
    private static Outcome<TextParameter> Text(JsonObject body, ApiRequest request, string name)
    {
        if (body[name] is not { } sent) return new TextParameter(request.Query(name) is { Length: > 0 } query ? query : null);
        bool isPlain = sent is JsonValue value && (value.TryGetValue(out string? _) || value.TryGetValue(out bool _));
        return isPlain ? new TextParameter(sent.ToString()) : StatusErrors.BadRequest($"{name} has the wrong type");
    }

    private static string Nearest(string name) => NearestName.Find(name, Known) is { } near ? $", did you mean \"{near}\"?" : "";

    private sealed record TextParameter(string? Value);

    private sealed record SwitchParameter(bool Value);

    private sealed record PolicyParameter(DeletionPropagation? Value);
}
