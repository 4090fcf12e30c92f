namespace Trireme.Worker.Hosting;

/// <summary>Where a worker is in its life. Only a ready one takes requests.</summary>
internal enum WorkerState
{
    Loading,
    Ready,
    Draining,
    Failed,
}
