using Trireme.ApiServer.Admission;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Storage;

namespace Trireme.ApiServer.GarbageCollection;

/// <summary>Tells people why the collector does with an object what they may not expect.</summary>
internal sealed class OwnerEvents(ObjectEvents events)
{
    private const string Component = "garbage-collector-controller";

    /// <summary>An owner that lies where it can own nothing here, in the words of Kubernetes.</summary>
    public Task ReportInvalidNamespaceAsync(StoredObject dependent, OwnerLink link)
    {
        string @namespace = dependent.Key.Namespace;
        string owner = $"[{link.ApiVersion}/{link.Kind}, namespace: {@namespace}, name: {link.Name}, uid: {link.Uid}]";
        return ReportAsync(
            dependent, "OwnerRefInvalidNamespace", $"ownerRef {owner} does not exist in namespace \"{@namespace}\"", link.Uid);
    }

    /// <summary>An object whose owners are gone stays, because others need it.</summary>
    public Task ReportInUseAsync(StoredObject dependent, IReadOnlyList<UserOfObject> users) => ReportAsync(
        dependent,
        "DeletionHeld",
        $"The owners are gone; it is deleted once it is no longer in use by {UserOfObject.List(users)}",
        "in-use");

    private Task ReportAsync(StoredObject dependent, string reason, string message, string once) =>
        events.ReportAsync(Component, dependent, reason, message, isWarning: true, once);
}
