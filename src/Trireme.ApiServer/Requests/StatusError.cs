using Trireme.ApiServer.Storage;
using Trireme.Contracts.Resources;

namespace Trireme.ApiServer.Requests;

/// <summary>Why a request was refused, as clients see it in a Status object.</summary>
/// <param name="Code">HTTP status code.</param>
/// <param name="Reason">Kubernetes' machine-readable reason, such as NotFound.</param>
/// <param name="Message">What is wrong, where, and what to do.</param>
/// <param name="Details">The object and the fields at fault.</param>
internal sealed record StatusError(int Code, string Reason, string Message, StatusDetails? Details = null)
{
    /// <summary>Where a list can go on all the same; null where there is no list, or nowhere to go.</summary>
    public ContinueToken? Continue { get; init; }

    public Status ToStatus() => new()
    {
        Metadata = new ListMeta { Continue = Continue?.ToString() },
        Message = Message,
        Reason = Reason,
        Details = Details,
        Code = Code,
    };
}
