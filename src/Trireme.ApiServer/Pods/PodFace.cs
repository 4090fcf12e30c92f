namespace Trireme.ApiServer.Pods;

/// <summary>
/// What this machine's replicas need to be shown as Pods. Without it the server has no Pods; a cluster has its own, and needs none of this
/// folder.
/// </summary>
/// <param name="NodeName">Name of the machine that runs the replicas.</param>
/// <param name="Logs">Where their logs are.</param>
public sealed record PodFace(string NodeName, IPodLogs Logs);
