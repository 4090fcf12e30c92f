using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Trireme.ApiServer.Admission;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;

namespace Trireme.ApiServer.GarbageCollection;

/// <summary>Tells people why the collector does with an object what they may not expect.</summary>
internal sealed class OwnerEvents(ObjectWriter writer, ServedResources resources, TimeProvider time)
{
    private const string Component = "garbage-collector-controller";

    /// <summary>Where events about objects without a namespace lie.</summary>
    private const string DefaultNamespace = "default";

    /// <summary>Room for the hash within the 253 characters of a name.</summary>
    private const int NamePrefixMax = 230;

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

    /// <summary>Writes an event once: its name is made from what it is about, so that a repeated step does not repeat it.</summary>
    private async Task ReportAsync(StoredObject subject, string reason, string message, string about)
    {
        if (resources.Find("events") is not { } events) return;
        ObjectKey of = subject.Key;
        string @namespace = of.Namespace.Length > 0 ? of.Namespace : DefaultNamespace;
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{subject.Uid}/{reason}/{about}")))[..16];
        string name = $"{of.Name[..Math.Min(of.Name.Length, NamePrefixMax)].TrimEnd('-', '.')}.{hash}";
        string now = ResourceDocument.Timestamp(time.GetUtcNow());
        var document = new JsonObject
        {
            ["apiVersion"] = events.Definition.ApiVersion,
            ["kind"] = events.Definition.Kind,
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["namespace"] = @namespace,
                ["uid"] = Guid.NewGuid().ToString(),
                ["creationTimestamp"] = now,
            },
            ["involvedObject"] = new JsonObject
            {
                ["apiVersion"] = of.Resource.Definition.ApiVersion,
                ["kind"] = of.Resource.Definition.Kind,
                ["name"] = of.Name,
                ["uid"] = subject.Uid,
            },
            ["type"] = "Warning",
            ["reason"] = reason,
            ["message"] = message,
            ["count"] = 1,
            ["firstTimestamp"] = now,
            ["lastTimestamp"] = now,
            ["source"] = new JsonObject { ["component"] = Component },
        };
        if (of.Namespace.Length > 0) document["involvedObject"]!["namespace"] = of.Namespace;

        // Refused where the event is there already or its namespace goes; there is nobody to tell then.
        await writer.CreateAsync(new ObjectKey(events, @namespace, name), PreparedObject.Of(document));
    }
}
