using Trireme.Kubernetes;

namespace Trireme.Operator;

/// <summary>Keeps one kind in line. It says itself what it watches.</summary>
internal interface IReconciler
{
    /// <summary>The loop that reconciles; called once, before the informers start.</summary>
    IControlLoop CreateLoop(ControllerFactory controllers);
}
