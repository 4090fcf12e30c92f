using System.Collections.Frozen;

namespace Trireme.ApiServer.Requests;

/// <summary>How a protobuf field becomes a JSON member.</summary>
internal enum ProtobufKind
{
    Text,
    Number,
    Switch,

    /// <summary>A nested message.</summary>
    Message,

    /// <summary>Seconds and nanoseconds, written as a time with whole seconds.</summary>
    Time,

    /// <summary>The same with microseconds.</summary>
    MicroTime,

    /// <summary>A map from text to text.</summary>
    TextMap,

    /// <summary>A map from text to bytes, which JSON holds in base64.</summary>
    BytesMap,

    /// <summary>Not taken over.</summary>
    Skipped,
}

/// <summary>One field: its number in the message, its JSON name, and the message it holds if it holds one.</summary>
internal sealed record ProtobufField(int Number, string Name, ProtobufKind Kind, bool Repeated = false, ProtobufMessage? Message = null);

internal sealed class ProtobufMessage(params ProtobufField[] fields)
{
    private readonly FrozenDictionary<int, ProtobufField> _fields = fields.ToFrozenDictionary(field => field.Number);

    public ProtobufField? Find(int number) => _fields.GetValueOrDefault(number);
}

/// <summary>
/// The messages of the Kubernetes kinds that kubectl creates from its command line, which it always sends in protobuf.
/// Numbers are those of k8s.io/api and k8s.io/apimachinery.
/// </summary>
internal static class ProtobufSchema
{
    private static readonly ProtobufMessage OwnerReference = new(
        Text(1, "kind"), Text(3, "name"), Text(4, "uid"), Text(5, "apiVersion"), Switch(6, "controller"), Switch(7, "blockOwnerDeletion"));

    private static readonly ProtobufMessage ObjectMeta = new(
        Text(1, "name"),
        Text(2, "generateName"),
        Text(3, "namespace"),
        Text(4, "selfLink"),
        Text(5, "uid"),
        Text(6, "resourceVersion"),
        Number(7, "generation"),
        new(8, "creationTimestamp", ProtobufKind.Time),
        new(9, "deletionTimestamp", ProtobufKind.Time),
        Number(10, "deletionGracePeriodSeconds"),
        new(11, "labels", ProtobufKind.TextMap),
        new(12, "annotations", ProtobufKind.TextMap),
        new(13, "ownerReferences", ProtobufKind.Message, Repeated: true, OwnerReference),
        new(14, "finalizers", ProtobufKind.Text, Repeated: true),
        // Clients only send back what they read; the server keeps its own list.
        new(17, "managedFields", ProtobufKind.Skipped, Repeated: true));

    private static readonly ProtobufMessage ObjectReference = new(
        Text(1, "kind"),
        Text(2, "namespace"),
        Text(3, "name"),
        Text(4, "uid"),
        Text(5, "apiVersion"),
        Text(6, "resourceVersion"),
        Text(7, "fieldPath"));

    private static readonly ProtobufMessage ResourceAttributes = new(
        Text(1, "namespace"),
        Text(2, "verb"),
        Text(3, "group"),
        Text(4, "version"),
        Text(5, "resource"),
        Text(6, "subresource"),
        Text(7, "name"));

    private static readonly ProtobufMessage NonResourceAttributes = new(Text(1, "path"), Text(2, "verb"));

    private static readonly FrozenDictionary<string, ProtobufMessage> Kinds = new Dictionary<string, ProtobufMessage>
    {
        ["v1/ConfigMap"] = new(
            Metadata(), new(2, "data", ProtobufKind.TextMap), new(3, "binaryData", ProtobufKind.BytesMap), Switch(4, "immutable")),
        ["v1/Secret"] = new(
            Metadata(),
            new(2, "data", ProtobufKind.BytesMap),
            Text(3, "type"),
            new(4, "stringData", ProtobufKind.TextMap),
            Switch(5, "immutable")),
        ["v1/Namespace"] = new(
            Metadata(),
            Nested(2, "spec", new(new ProtobufField(1, "finalizers", ProtobufKind.Text, Repeated: true))),
            Nested(3, "status", new(Text(1, "phase")))),
        ["v1/Event"] = new(
            Metadata(),
            Nested(2, "involvedObject", ObjectReference),
            Text(3, "reason"),
            Text(4, "message"),
            Nested(5, "source", new(Text(1, "component"), Text(2, "host"))),
            new(6, "firstTimestamp", ProtobufKind.Time),
            new(7, "lastTimestamp", ProtobufKind.Time),
            Number(8, "count"),
            Text(9, "type"),
            new(10, "eventTime", ProtobufKind.MicroTime),
            Text(12, "action"),
            Text(14, "reportingComponent"),
            Text(15, "reportingInstance")),
        ["coordination.k8s.io/v1/Lease"] = new(
            Metadata(),
            Nested(2, "spec", new(
                Text(1, "holderIdentity"),
                Number(2, "leaseDurationSeconds"),
                new(3, "acquireTime", ProtobufKind.MicroTime),
                new(4, "renewTime", ProtobufKind.MicroTime),
                Number(5, "leaseTransitions")))),
        ["authentication.k8s.io/v1/SelfSubjectReview"] = new(Metadata(), Skipped(2, "status")),
        ["authentication.k8s.io/v1/TokenReview"] = new(
            Metadata(),
            Nested(2, "spec", new(Text(1, "token"), new(2, "audiences", ProtobufKind.Text, Repeated: true))),
            Skipped(3, "status")),
        ["authorization.k8s.io/v1/SelfSubjectAccessReview"] = new(
            Metadata(),
            Nested(2, "spec", new(
                Nested(1, "resourceAttributes", ResourceAttributes), Nested(2, "nonResourceAttributes", NonResourceAttributes))),
            Skipped(3, "status")),
        ["authorization.k8s.io/v1/SubjectAccessReview"] = new(
            Metadata(),
            Nested(2, "spec", new(
                Nested(1, "resourceAttributes", ResourceAttributes),
                Nested(2, "nonResourceAttributes", NonResourceAttributes),
                Text(3, "user"),
                new(4, "groups", ProtobufKind.Text, Repeated: true),
                Text(6, "uid"))),
            Skipped(3, "status")),
    }.ToFrozenDictionary();

    /// <summary>The envelope all objects travel in: the type, and the object as bytes of its own message.</summary>
    public static ProtobufMessage TypeMeta { get; } = new(Text(1, "apiVersion"), Text(2, "kind"));

    public static ProtobufMessage? Find(string apiVersion, string kind) => Kinds.GetValueOrDefault($"{apiVersion}/{kind}");

    private static ProtobufField Metadata() => Nested(1, "metadata", ObjectMeta);

    private static ProtobufField Nested(int number, string name, ProtobufMessage message) =>
        new(number, name, ProtobufKind.Message, Message: message);

    /// <summary>A field that only the server fills.</summary>
    private static ProtobufField Skipped(int number, string name) => new(number, name, ProtobufKind.Skipped);

    private static ProtobufField Text(int number, string name) => new(number, name, ProtobufKind.Text);

    private static ProtobufField Number(int number, string name) => new(number, name, ProtobufKind.Number);

    private static ProtobufField Switch(int number, string name) => new(number, name, ProtobufKind.Switch);
}
