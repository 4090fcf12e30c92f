using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.ApiServer.Admission;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Validation;

namespace Trireme.ApiServer.ServiceAccounts;

/// <summary>POST to the token subresource of a service account: a new token, which is shown in the answer and kept nowhere.</summary>
internal sealed class TokenRequestOperation(ApiServerOptions options, AccountObjects objects, ServiceAccountAuthenticator accounts)
{
    /// <summary>Name of the subresource.</summary>
    public const string Subresource = "token";

    /// <summary>Kubernetes' bounds and default, but for the longest time.</summary>
    private const long SecondsMin = 600;
    private const long SecondsDefault = 3600;

    /// <summary>What is sent and answered.</summary>
    public static ResourceDefinition Definition { get; } = ResourceDefinition.Of<TokenRequest>("tokenrequests");

    private static readonly ServedResource Shown = new(Definition);

    public async Task<ResourceResponse> RunAsync(ApiRequest request)
    {
        if (WriteOptions.Read(request).Failed(out StatusError? error, out WriteOptions? write)) return error;
        Outcome<JsonObject> read = await RequestContent.ReadObjectAsync(request.Http.Request, write.FieldValidation);
        if (read.Failed(out error, out JsonObject? sent)) return error;
        ApiRequest shown = request with { Resource = Shown };
        if (ObjectAdmission.Identify(shown, sent) is { } misplaced) return misplaced;
        SchemaPruner.Normalize(sent, Definition.Schema);
        if (ObjectAdmission.CheckSchema(shown, sent, write) is { } invalid) return invalid;
        string name = request.Name!;
        if (objects.Find(request.Namespace, name) is not { } account) return StatusErrors.NotFound(request.Resource, name);

        TokenRequestSpec spec = sent.Deserialize<TokenRequest>(ResourceJson.Options)!.Spec ?? new TokenRequestSpec();
        if (Seconds(request, spec).Failed(out error, out NumberParameter? seconds)) return error;
        BoundObject? bound = null;
        if (spec.BoundObjectRef is { } reference && Bind(request, reference).Failed(out error, out bound)) return error;
        ServiceAccountClaims claims = Claims(request, spec, account, seconds.Value!.Value, bound);
        return new ObjectResponse(201, Shown, Answer(sent, account, claims, seconds.Value.Value).ToBytes());
    }

    private ServiceAccountClaims Claims(ApiRequest request, TokenRequestSpec spec, StoredObject account, long seconds, BoundObject? bound)
    {
        DateTimeOffset now = DateTimeOffset.FromUnixTimeSeconds(options.Time.GetUtcNow().ToUnixTimeSeconds());
        return new ServiceAccountClaims
        {
            Id = Guid.NewGuid().ToString(),
            Namespace = request.Namespace,
            Name = request.Name!,
            Uid = account.Uid,
            Audiences = spec.Audiences is { Count: > 0 } named ? named : accounts.Audiences,
            IssuedAt = now,
            ExpiresAt = now.AddSeconds(seconds),
            Bound = bound,
        };
    }

    private JsonObject Answer(JsonObject sent, StoredObject account, ServiceAccountClaims claims, long seconds)
    {
        JsonObject metadata = sent.Metadata();
        metadata["uid"] = account.Uid;
        metadata["creationTimestamp"] = ResourceDocument.Timestamp(claims.IssuedAt);
        if (sent["spec"] is not JsonObject spec) sent["spec"] = spec = [];
        spec["audiences"] = new JsonArray([.. claims.Audiences.Select(audience => JsonValue.Create(audience))]);
        spec["expirationSeconds"] = seconds;
        spec["boundObjectRef"] ??= null;
        sent["status"] = new JsonObject
        {
            ["token"] = options.Access!.Tokens.Sign(claims),
            ["expirationTimestamp"] = ResourceDocument.Timestamp(claims.ExpiresAt),
        };
        return sent;
    }

    /// <summary>How long the token is good. More than the server gives is shortened, and the client is told.</summary>
    private Outcome<NumberParameter> Seconds(ApiRequest request, TokenRequestSpec spec)
    {
        long asked = spec.ExpirationSeconds ?? SecondsDefault;
        if (asked < SecondsMin)
        {
            return StatusErrors.InvalidOptions(
                TokenRequest.TypeKind,
                [
                    new FieldError(
                        "spec.expirationSeconds",
                        FieldErrorType.Invalid,
                        $"Invalid value: {asked.ToString(CultureInfo.InvariantCulture)}: may not specify a duration less than 10 minutes"),
                ],
                Definition.Group);
        }

        long most = (long)options.Limits.MaxTokenLifetime.TotalSeconds;
        if (asked <= most) return new NumberParameter(asked);
        Warnings.Add(request.Http.Response, $"requested expiration of {asked} seconds shortened to {most} seconds");
        return new NumberParameter(most);
    }

    private Outcome<BoundObject> Bind(ApiRequest request, BoundObjectReference reference)
    {
        string kind = (reference.Kind ?? "").ToLowerInvariant();
        string name = reference.Name ?? "";
        if (reference.ApiVersion != "v1" || objects.KindOf(kind) is not { } resource)
        {
            return StatusErrors.BadRequest(
                $"cannot bind token for serviceaccount to object of type {reference.ApiVersion}, Kind={reference.Kind}: name a v1 Secret "
                + "or Pod");
        }

        if (objects.FindBound(request.Namespace, kind, name) is not { } found) return StatusErrors.NotFound(resource, name);
        return reference.Uid is { Length: > 0 } uid && uid != found.Uid
            ? StatusErrors.Conflict(
                found.Key,
                $"the UID in the bound object reference ({uid}) does not match the UID in record. The object might have been deleted and "
                + "then recreated")
            : new BoundObject(kind, name, found.Uid);
    }
}
