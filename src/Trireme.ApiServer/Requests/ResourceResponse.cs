using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.Contracts.Resources;

namespace Trireme.ApiServer.Requests;

/// <summary>What a request is answered with, before it is written in the form the client accepts.</summary>
internal abstract record ResourceResponse(int Code)
{
    public static implicit operator ResourceResponse(StatusError error) => new StatusResponse(error.ToStatus());
}

/// <summary>One object.</summary>
internal sealed record ObjectResponse(int Code, ServedResource Resource, ReadOnlyMemory<byte> Json) : ResourceResponse(Code);

/// <summary>A page of objects.</summary>
internal sealed record ListResponse(ServedResource Resource, ObjectPage Page) : ResourceResponse(200)
{
    /// <summary>The pages of which this is the first and that belong into the same answer; null for one that stands alone.</summary>
    public IEnumerator<ObjectPage>? Rest { get; init; }
}

/// <summary>An error, or a success without an object.</summary>
internal sealed record StatusResponse(Status Status) : ResourceResponse(Status.Code ?? 200);

/// <summary>There is nothing to show.</summary>
internal sealed record NoContentResponse() : ResourceResponse(204);

/// <summary>The handler has written its response itself, as watches do.</summary>
internal sealed record StreamedResponse() : ResourceResponse(200);
