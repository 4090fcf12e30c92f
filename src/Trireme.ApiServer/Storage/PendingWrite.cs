namespace Trireme.ApiServer.Storage;

/// <summary>A write on its way to the disk, or a look whether one would get there.</summary>
/// <param name="request">What to write; null for a probe.</param>
internal sealed class PendingWrite(WriteRequest? request)
{
    public WriteRequest? Request { get; } = request;

    public TaskCompletionSource<WriteResult> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
