using System.Text.Json.Nodes;
using Trireme.ApiServer.Admission;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.Contracts.Validation;

namespace Trireme.ApiServer.Reviews;

/// <summary>POST of a virtual kind: the object comes back with its status, and nothing is kept.</summary>
internal sealed class ReviewOperation(TimeProvider time)
{
    public async Task<ResourceResponse> RunAsync(ApiRequest request, IVirtualKind kind)
    {
        if (WriteOptions.Read(request).Failed(out StatusError? error, out WriteOptions? options)) return error;
        Outcome<JsonObject> read = await RequestContent.ReadObjectAsync(request.Http.Request, options.FieldValidation);
        if (read.Failed(out error, out JsonObject? sent)) return error;
        if (ObjectAdmission.Identify(request, sent) is { } misplaced) return misplaced;
        SchemaPruner.Normalize(sent, kind.Definition.Schema);
        if (ObjectAdmission.CheckSchema(request, sent, options) is { } invalid) return invalid;
        Outcome<JsonObject> outcome = await kind.AnswerAsync(sent, request.User, request.Http.RequestAborted);
        if (outcome.Failed(out error, out JsonObject? status)) return error;

        sent.Metadata()["creationTimestamp"] = ResourceDocument.Timestamp(time.GetUtcNow());
        sent["status"] = status;
        return new ObjectResponse(201, request.Resource, sent.ToBytes());
    }
}
