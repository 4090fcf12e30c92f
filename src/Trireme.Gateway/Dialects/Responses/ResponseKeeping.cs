using Trireme.Gateway.Admission;

namespace Trireme.Gateway.Dialects.Responses;

/// <summary>Where a response goes that its client wants kept.</summary>
/// <param name="store">Keeps it.</param>
/// <param name="owner">Whose it is.</param>
/// <param name="model">The service that answers.</param>
/// <param name="input">All that went into it: a JSON list.</param>
internal sealed class ResponseKeeping(IResponseStore store, string owner, string model, BufferedBody input) : IDisposable
{
    /// <summary>False where it could not be kept.</summary>
    public ValueTask<bool> TryKeepAsync(ResponseHead head, ReadOnlyMemory<byte> response, CancellationToken cancellationToken) =>
        store.TryKeepAsync(
            new KeptResponse
            {
                Owner = owner,
                Id = head.Id,
                Model = model,
                Created = head.Created,
                Input = input.Memory,
                Response = response,
            },
            cancellationToken);

    public void Dispose() => input.Dispose();
}
