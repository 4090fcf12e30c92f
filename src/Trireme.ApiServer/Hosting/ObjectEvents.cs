using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;

namespace Trireme.ApiServer.Hosting;

/// <summary>Tells people what the server does with an object, as an Event beside it.</summary>
internal sealed class ObjectEvents(ObjectWriter writer, ServedResources resources, TimeProvider time)
{
    /// <summary>Where events about objects without a namespace lie.</summary>
    private const string DefaultNamespace = "default";

    /// <summary>What tells events apart, in characters.</summary>
    private const int SuffixLength = 16;

    /// <summary>Room for the suffix within the 253 characters of a name.</summary>
    private const int NamePrefixMax = 230;

    /// <param name="component">The part of the server that does it, in the words of Kubernetes.</param>
    /// <param name="subject">What the event is about.</param>
    /// <param name="reason">One word for programs.</param>
    /// <param name="message">A sentence for people.</param>
    /// <param name="isWarning">Whether something is wrong.</param>
    /// <param name="once">
    /// What tells the event from others with its reason, where it is to be written once however often it is reported; null where every
    /// report is an event of its own.
    /// </param>
    public async Task ReportAsync(
        string component, StoredObject subject, string reason, string message, bool isWarning = false, string? once = null)
    {
        if (resources.Find("events") is not { } events) return;
        DateTimeOffset now = time.GetUtcNow();
        ObjectKey of = subject.Key;
        string @namespace = of.Namespace.Length > 0 ? of.Namespace : DefaultNamespace;
        string prefix = of.Name[..Math.Min(of.Name.Length, NamePrefixMax)].TrimEnd('-', '.');
        string name = $"{prefix}.{(once is null ? Guid.NewGuid().ToString("N") : Hash($"{subject.Uid}/{reason}/{once}"))[..SuffixLength]}";
        JsonObject document = SystemObject.New(events, @namespace, name, now);
        document["involvedObject"] = Reference(subject);
        document["type"] = isWarning ? "Warning" : "Normal";
        document["reason"] = reason;
        document["message"] = message;
        document["count"] = 1;
        document["firstTimestamp"] = ResourceDocument.Timestamp(now);
        document["lastTimestamp"] = ResourceDocument.Timestamp(now);
        document["source"] = new JsonObject { ["component"] = component };
        document["reportingComponent"] = component;
        document["reportingInstance"] = "";

        // Refused where the event is there already or its namespace goes; there is nobody to tell then.
        await writer.CreateAsync(new ObjectKey(events, @namespace, name), PreparedObject.Of(document));
    }

    private static JsonObject Reference(StoredObject subject)
    {
        ObjectKey of = subject.Key;
        var reference = new JsonObject
        {
            ["apiVersion"] = of.Resource.Definition.ApiVersion,
            ["kind"] = of.Resource.Definition.Kind,
            ["name"] = of.Name,
            ["uid"] = subject.Uid,
        };
        if (of.Namespace.Length > 0) reference["namespace"] = of.Namespace;
        return reference;
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
