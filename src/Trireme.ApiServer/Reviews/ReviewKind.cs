using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.ApiServer.Requests;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Validation;

namespace Trireme.ApiServer.Reviews;

/// <summary>What all reviews share: their records, read and written as JSON.</summary>
/// <typeparam name="TReview">The kind.</typeparam>
/// <typeparam name="TStatus">Its answer.</typeparam>
internal abstract class ReviewKind<TReview, TStatus>(string plural, bool namespaced = false) : IVirtualKind
    where TReview : class, IResource, IHasTypeMeta
    where TStatus : class
{
    public ResourceDefinition Definition { get; } = ResourceDefinition.Of<TReview>(plural) with { Namespaced = namespaced };

    public async ValueTask<Outcome<JsonObject>> AnswerAsync(JsonObject sent, UserInfo caller, CancellationToken cancellationToken)
    {
        TReview review;
        try
        {
            review = sent.Deserialize<TReview>(ResourceJson.Options)!;
        }
        catch (JsonException exception)
        {
            return Invalid(new FieldError(exception.Path?.TrimStart('$', '.') ?? "", FieldErrorType.Invalid, exception.Message));
        }

        return (await AnswerAsync(review, caller, cancellationToken)).Failed(out StatusError? error, out TStatus? status)
            ? error
            : JsonSerializer.SerializeToNode(status, ResourceJson.Options)!.AsObject();
    }

    protected abstract ValueTask<Outcome<TStatus>> AnswerAsync(TReview review, UserInfo caller, CancellationToken cancellationToken);

    /// <summary>A fault in Kubernetes' form, which leaves out the kind.</summary>
    protected StatusError Invalid(FieldError fault) => StatusErrors.InvalidReview(Definition.Group, fault);

    protected static ReviewedUser Shown(UserInfo user) => new()
    {
        Username = user.Name,
        Uid = user.Uid,
        Groups = user.Groups.Count > 0 ? user.Groups : null,
        Extra = user.Extra.Count > 0 ? user.Extra : null,
    };
}
