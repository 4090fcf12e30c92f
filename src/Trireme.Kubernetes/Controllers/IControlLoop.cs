namespace Trireme.Kubernetes;

/// <summary>A loop that keeps a part of the world in line. It waits for its queue and works until cancelled.</summary>
public interface IControlLoop
{
    Task RunAsync(CancellationToken cancellationToken);
}
